namespace Mlsae.Scripting

open System
open System.Diagnostics
open Mlsae.Pipelines.Analyses

/// How far long work is, on the error stream: on a terminal a line that is written anew, elsewhere a line every ten seconds.
[<RequireQualifiedAccess>]
module Progress =

    let private everyOnTerminal, everyElsewhere = TimeSpan.FromSeconds 0.2, TimeSpan.FromSeconds 10.0

    let private isTerminal = not Console.IsErrorRedirected

    let private remaining (elapsed: TimeSpan) share =
        let left = if share > 0.0 then elapsed * ((1.0 - share) / share) else TimeSpan.Zero
        if share > 0.0 then $", about {int left.TotalMinutes}:{left.Seconds:D2} left" else ""

    let private write (sentence: string) =
        if isTerminal then eprintf "\r%s\u001b[K" sentence else eprintfn "%s" sentence

    /// What is being done, since when, and when it was last said.
    type private Line() =
        let clock = Stopwatch.StartNew()
        let every = if isTerminal then everyOnTerminal else everyElsewhere
        let mutable what = ""
        let mutable began = TimeSpan.Zero
        let mutable last = TimeSpan.Zero

        member _.Show (now: string) (share: float) =
            if now <> what then
                what <- now
                began <- clock.Elapsed
            if share >= 1.0 then
                if isTerminal then eprintf "\r\u001b[K"
            elif clock.Elapsed - last >= every then
                last <- clock.Elapsed
                write $"{what}: {100.0 * share:F0} %%{remaining (clock.Elapsed - began) share}"

    /// Takes what is being done and the share of it that is done.
    let line () =
        let line = Line()
        fun what share -> line.Show what share

    /// The same for analyses.
    let ofAnalyses () =
        let show = line ()
        { new IProgress<AnalysisProgress> with
            member _.Report progress = show progress.What progress.Done }

    /// Passes a sequence of known length on, and shows how far it is.
    let over (what: string) (total: int) (items: 'a seq) =
        seq {
            let show = line ()
            for i, item in Seq.indexed items do
                yield item
                show what (float (i + 1) / float total)
        }
