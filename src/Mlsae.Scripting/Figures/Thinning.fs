namespace Mlsae.Scripting

open Mlsae.Numerics

/// Which points of a large cloud are drawn: a page with all of them would be slow, and none could be seen.
module internal Thinning =

    let mostDrawn = 5000

    /// The indices that are drawn: one from each of equally many neighbours, by a fixed draw. Every n-th alone would see one layer only, where points come layer by layer.
    let indices count =
        if count <= mostDrawn then
            [| 0 .. count - 1 |]
        else
            let random = Philox(0UL, "points that are drawn")
            let start stretch = int (int64 count * int64 stretch / int64 mostDrawn)
            Array.init mostDrawn (fun stretch -> start stretch + random.NextInt32(start (stretch + 1) - start stretch))

    let private note (title: string) (cloud: Cloud) =
        let count = cloud.X.Length
        let where = if title = "" then "" else $" of '{title}'"
        if count <= mostDrawn then None
        else Some $"{mostDrawn:N0} of the {count:N0} points{where} are drawn, one of every {float count / float mostDrawn:``0.#``} neighbours; the data file holds all."

    /// A figure's caption, and what of its clouds is not drawn.
    let caption (figure: Figure) =
        let notes =
            [ for panel in figure.Panels do
                  for trace in panel.Traces do
                      match trace with
                      | Cloud cloud -> yield! Option.toList (note panel.Title cloud)
                      | _ -> () ]
        String.concat " " ((if figure.Caption = "" then [] else [ figure.Caption ]) @ notes)
