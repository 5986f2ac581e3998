namespace Mlsae.Scripting

/// The way of an arrow between two discs: straight, or bowed where a straight one would run through another disc.
module internal NetworkEdges =

    /// Points from the first disc's rim to where the head begins, and the tip, which touches the second disc's rim.
    type Way = { Points: (float * float)[]; Tip: float * float }

    let private distance (x0: float, y0: float) (x1: float, y1: float) = sqrt ((x1 - x0) ** 2.0 + (y1 - y0) ** 2.0)

    /// The curve by its parameter from 0 to 1, so bowed that its middle lies this far to the left of the straight line.
    let private curve bow (a: Disc) (b: Disc) =
        let length = max 1.0 (distance (a.X, a.Y) (b.X, b.Y))
        let leftX, leftY = -(b.Y - a.Y) / length, (b.X - a.X) / length
        // The middle of a quadratic curve is half as far out as its control point.
        let controlX, controlY = (a.X + b.X) / 2.0 + 2.0 * bow * leftX, (a.Y + b.Y) / 2.0 + 2.0 * bow * leftY
        let at first middle last t = (1.0 - t) ** 2.0 * first + 2.0 * t * (1.0 - t) * middle + t * t * last
        fun t -> at a.X controlX b.X t, at a.Y controlY b.Y t

    let private along count (first, last) (curve: float -> float * float) =
        Array.init (count + 1) (fun step -> curve (first + (last - first) * float step / float count))

    let private clearance = 7.0

    /// How far the curve stays off the discs that it does not join, at most the clearance.
    let private room (others: Disc[]) curve =
        let points = along 40 (0.0, 1.0) curve
        let nearest (disc: Disc) = points |> Array.fold (fun least point -> min least (distance point (disc.X, disc.Y) - disc.Radius)) clearance
        others |> Array.fold (fun least disc -> min least (nearest disc)) clearance

    // Arrows both ways bow apart; each to its own left.
    let private bows isReturned =
        (if isReturned then [ 12.0 ] else [ 0.0 ]) @ [ for size in [ 22.0; 34.0; 48.0; 64.0; 84.0; 110.0 ] do yield! [ size; -size ] ]

    // Discs that lie on each other leave no way between them, and an arrow of no length.
    let private shortened headLength (a: Disc) (b: Disc) curve =
        let steps = [| for step in 0..400 -> float step / 400.0 |]
        let first = steps |> Array.tryFind (fun t -> distance (curve t) (a.X, a.Y) >= a.Radius + 2.0) |> Option.defaultValue 0.5
        let last gap = steps |> Array.tryFindBack (fun t -> t >= first && distance (curve t) (b.X, b.Y) >= b.Radius + gap) |> Option.defaultValue first
        { Points = along 24 (first, last (1.0 + 0.9 * headLength)) curve; Tip = curve (last 1.0) }

    /// The least bowed way that stays off all other discs, or the one that stays off furthest.
    let way headLength isReturned (discs: Disc[]) (a: Disc) (b: Disc) =
        let others = discs |> Array.filter (fun disc -> disc.Node.Id <> a.Node.Id && disc.Node.Id <> b.Node.Id)
        let curves = bows isReturned |> List.map (fun bow -> curve bow a b)
        curves
        |> List.tryFind (fun curve -> room others curve >= clearance)
        |> Option.defaultWith (fun () -> List.maxBy (room others) curves)
        |> shortened headLength a b

    /// Points along the way, tip included, so dense that no letter fits between two.
    let dense way =
        let between ((x0, y0), (x1, y1)) = [| for step in 0..3 -> let t = float step / 4.0 in x0 + t * (x1 - x0), y0 + t * (y1 - y0) |]
        Array.append way.Points [| way.Tip |] |> Array.pairwise |> Array.collect between
