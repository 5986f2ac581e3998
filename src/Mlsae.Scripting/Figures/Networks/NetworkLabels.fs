namespace Mlsae.Scripting

/// Where the labels of nodes stand, so that they can be read.
module internal NetworkLabels =

    /// A rectangle in pixels.
    type private Box = { Left: float; Right: float; Bottom: float; Top: float }

    let private letterWidth = 7.0
    let private letterHeight = 12.0
    let private lineHeight = 15.6

    // Plotly keeps letters off the disc by a quarter of its radius.
    let private rim (disc: Disc) = 1.25 * disc.Radius + 1.0

    /// Where a label can stand, by Plotly's names, the best first.
    let private positions = [ "bottom center"; "top center"; "middle right"; "middle left"; "bottom right"; "bottom left"; "top right"; "top left" ]

    let private box (disc: Disc) (lines: string list) (position: string) =
        let width = letterWidth * float (lines |> List.map _.Length |> List.fold max 0)
        let height = letterHeight + lineHeight * float (lines.Length - 1)
        let left =
            if position.EndsWith "center" then disc.X - width / 2.0
            elif position.EndsWith "right" then disc.X + rim disc
            else disc.X - rim disc - width
        let bottom =
            if position.StartsWith "middle" then disc.Y - height / 2.0
            elif position.StartsWith "top" then disc.Y + rim disc
            else disc.Y - rim disc - height
        { Left = left; Right = left + width; Bottom = bottom; Top = bottom + height }

    let private overlap a b =
        max 0.0 (min a.Right b.Right - max a.Left b.Left) * max 0.0 (min a.Top b.Top - max a.Bottom b.Bottom)

    let private around (disc: Disc) =
        { Left = disc.X - disc.Radius; Right = disc.X + disc.Radius; Bottom = disc.Y - disc.Radius; Top = disc.Y + disc.Radius }

    let private area box = (box.Right - box.Left) * (box.Top - box.Bottom)

    let private holds (x, y) box = x > box.Left && x < box.Right && y > box.Bottom && y < box.Top

    /// How badly a label stands: what it covers of discs, of other labels and of the outside, and, for less, edges under it and places that come first in the list.
    let private badness (panel: Box) discs points others place box =
        let covered = Seq.sumBy (overlap box)
        3.0 * covered (discs |> Seq.map around)
        + 3.0 * covered others
        + 5.0 * (area box - overlap box panel)
        + 6.0 * (points |> Array.sumBy (fun point -> if holds point box then 1.0 else 0.0))
        + 10.0 * float place

    let private least fallback (gaps: float seq) = gaps |> Seq.filter (fun gap -> gap > 8.0) |> Seq.fold min fallback

    let private gaps (places: float seq) = places |> Seq.distinct |> Seq.sort |> Seq.pairwise |> Seq.map (fun (a, b) -> b - a)

    /// Lines of a label that fit between the discs: short ones where columns are narrow, few where discs of a column are close.
    let lines (discs: Disc[]) (label: string) =
        let width = least 400.0 (gaps (discs |> Seq.map _.X))
        let height = discs |> Seq.groupBy _.X |> Seq.collect (fun (_, column) -> gaps (column |> Seq.map _.Y)) |> least 100.0
        let count = 1 + int ((height - 2.0 * Seq.averageBy rim discs - letterHeight) / lineHeight)
        Wrap.atMost (max 1 (min 3 count)) (max 12 (min 24 (int (0.9 * width / letterWidth)))) label

    let private rounds = 3

    /// For each disc the position of its label, by its lines. Each is chosen in turn with the others as they are, in a few rounds.
    let choose width height (points: (float * float)[]) (discs: Disc[]) (labels: string list[]) =
        let panel = { Left = 0.0; Right = width; Bottom = 0.0; Top = height }
        let boxes = Array.map3 (fun disc lines position -> box disc lines position)
        let improve (chosen: string[]) i =
            let others = boxes discs labels chosen |> Array.removeAt i
            let _, best = positions |> List.indexed |> List.minBy (fun (place, position) -> badness panel discs points others place (box discs[i] labels[i] position))
            chosen |> Array.updateAt i best
        [ for _ in 1..rounds do yield! [ 0 .. discs.Length - 1 ] ] |> List.fold improve (discs |> Array.map (fun _ -> positions.Head))
