namespace Mlsae.Scripting

open System

/// Text broken into lines, where a drawing cannot do it by itself.
module internal Wrap =

    let private append width (lines: string list) (word: string) =
        match lines with
        | current :: earlier when current.Length + 1 + word.Length <= width -> (current + " " + word) :: earlier
        | _ -> word :: lines

    // A word that is longer than a line is cut, lest it run into its neighbours.
    let rec private pieces width (word: string) =
        if word.Length <= width then [ word ] else word.Substring(0, width) :: pieces width (word.Substring width)

    /// Lines of at most so many letters, broken between words where they can be.
    let lines width (text: string) =
        text.Split([| ' '; '\n' |], StringSplitOptions.RemoveEmptyEntries)
        |> Seq.collect (pieces (max 1 width))
        |> Seq.fold (append width) []
        |> List.rev

    /// At most so many lines; three dots where words are left out.
    let atMost count width text =
        match lines width text with
        | all when all.Length <= count -> all
        | all -> (List.take (count - 1) all) @ [ let last = all[count - 1] in last.Substring(0, min last.Length (width - 1)) + "…" ]
