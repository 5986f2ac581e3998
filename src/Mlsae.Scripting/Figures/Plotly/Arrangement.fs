namespace Mlsae.Scripting

/// Where the panels of a figure stand, in shares of the drawing, and how much room they have.
module internal Arrangement =

    /// A panel's place. Suffix is what its axes' names end in: nothing, 2, 3 ...
    type Place =
        { Panel: Panel
          Suffix: string
          X: float * float
          Y: float * float
          /// In pixels, on a page 1,000 pixels wide.
          Width: float
          Height: float
          IsLeft: bool
          IsBottom: bool
          TitleLines: string list
          ShowsLabelX: bool
          ShowsLabelY: bool
          ShowsTicksX: bool
          ShowsTicksY: bool }

    /// Pixels around all panels.
    type Margins = { Left: float; Right: float; Top: float; Bottom: float }

    let private pageWidth = 936.0
    let private lineHeight = 17.0
    let private letterWidth = 6.6

    let private isNetwork (panel: Panel) = panel.Traces |> List.exists _.IsNetwork

    /// Whether a colour bar takes room on the right.
    let private hasColourBar (figure: Figure) =
        figure.Traces
        |> List.exists (function
            | HeatMap _ | Cloud _ -> true
            | Network g -> g.Nodes |> Array.exists _.Colour.IsNumber
            | Line _ | Points _ | Bars _ -> false)

    let private longest values = match values with Labels labels when labels.Length > 0 -> labels |> Seq.map _.Length |> Seq.max | _ -> 5

    let private valuesX trace =
        match trace with
        | Line s | Points s | Bars s -> Some s.X
        | HeatMap g -> Some g.X
        | Cloud _ | Network _ -> None

    let private valuesY trace = match trace with HeatMap g -> Some g.Y | _ -> None

    let private lettersOf choose (figure: Figure) = figure.Traces |> List.choose choose |> List.map longest |> List.fold max 5

    let private sameLabel (choose: Panel -> Axis) (figure: Figure) =
        (figure.Panels |> List.map (fun p -> (choose p).Label) |> List.distinct).Length = 1

    let private isShared (choose: Panel -> Axis) (figure: Figure) = figure.Panels |> List.forall (fun p -> (choose p).Shared)

    let private several (figure: Figure) = figure.Panels.Length > 1

    let private rows (figure: Figure) = (figure.Panels.Length + figure.Columns - 1) / figure.Columns

    /// Room for what stands between two columns: the right panel's labels and numbers.
    let private gapX figure =
        if figure.Panels |> List.forall isNetwork then 16.0
        else
            20.0
            + (if isShared _.YAxis figure then 0.0 else min 130.0 (7.0 * float (lettersOf valuesY figure)))
            + (if sameLabel _.YAxis figure then 0.0 else 30.0)

    let private sides figure = if figure.Panels |> List.forall isNetwork then 12.0, 12.0 else 64.0, 24.0

    let private panelWidth figure =
        let left, right = sides figure
        let inner = pageWidth - left - (if hasColourBar figure then 100.0 else right)
        let gaps = min (0.6 * inner) (gapX figure * float (figure.Columns - 1))
        (inner - gaps) / float figure.Columns

    let private titleLines figure (panel: Panel) =
        if several figure && panel.Title <> "" then Wrap.atMost 3 (int (panelWidth figure / letterWidth)) panel.Title else []

    let private titleHeight figure =
        match figure.Panels |> List.map (titleLines figure >> List.length) |> List.max with
        | 0 -> 0.0
        | lines -> float lines * lineHeight + 6.0

    // Labels that do not fit side by side are turned by Plotly, and then need their length below the axis.
    let private ticksHeight figure =
        let turned trace =
            match valuesX trace with
            | Some(Labels labels) when float (labels.Length * (longest (Labels labels) + 2)) * letterWidth > panelWidth figure -> min 110.0 (6.0 * float (longest (Labels labels)))
            | _ -> 0.0
        if figure.Panels |> List.forall (fun p -> not p.XAxis.Ticks) then 0.0 else figure.Traces |> List.map turned |> List.fold max 22.0

    let private gapY figure =
        14.0
        + titleHeight figure
        + (if isShared _.XAxis figure || figure.Panels |> List.forall isNetwork then 0.0 else ticksHeight figure)
        + (if sameLabel _.XAxis figure then 0.0 else 24.0)

    /// The margins of the drawing; Plotly widens them for labels, legend and colour bar where they need more.
    let margins (figure: Figure) =
        let left, right = sides figure
        { Left = left; Right = right; Top = 14.0 + titleHeight figure; Bottom = (if figure.Panels |> List.forall isNetwork then 12.0 else 56.0) }

    /// The first and last point of one of several equal stretches with gaps between them; gaps never take more than 60 %.
    let private stretch count gap index =
        let gap = if count = 1 then 0.0 else min gap (0.6 / float (count - 1))
        let length = (1.0 - gap * float (count - 1)) / float count
        let start = float index * (length + gap)
        start, min 1.0 (start + length)

    let private legendHeight = 30.0

    let private height (figure: Figure) =
        let margins = margins figure
        max 60.0 (float figure.Height - margins.Top - margins.Bottom - (if Legend.isShown figure then legendHeight else 0.0))

    let private place figure index (panel: Panel) =
        let row, column = index / figure.Columns, index % figure.Columns
        let isLeft, isBottom = column = 0, index + figure.Columns >= figure.Panels.Length
        let inner = panelWidth figure * float figure.Columns + gapX figure * float (figure.Columns - 1)
        let top, bottom = stretch (rows figure) (gapY figure / height figure) row
        { Panel = panel
          Suffix = if index = 0 then "" else string (index + 1)
          X = stretch figure.Columns (gapX figure / inner) column
          Y = 1.0 - bottom, 1.0 - top
          Width = panelWidth figure
          Height = (bottom - top) * height figure
          IsLeft = isLeft
          IsBottom = isBottom
          TitleLines = titleLines figure panel
          // What all panels say is said on the outside only.
          ShowsLabelX = isBottom || not (sameLabel _.XAxis figure)
          ShowsLabelY = isLeft || not (sameLabel _.YAxis figure)
          ShowsTicksX = panel.XAxis.Ticks && (isBottom || not (isShared _.XAxis figure))
          ShowsTicksY = panel.YAxis.Ticks && (isLeft || not (isShared _.YAxis figure)) }

    /// The place of each panel.
    let places (figure: Figure) = figure.Panels |> List.mapi (place figure)
