namespace Mlsae.Scripting

/// What an axis says and how it is divided. A shared axis covers the same in all panels of a figure.
type Axis =
    { Label: string
      Log: bool
      Range: (float * float) option
      FromZero: bool
      Ticks: bool
      Shared: bool }

/// A thin line through a panel at a value of one axis, with a label: what chance would give, for example.
[<RequireQualifiedAccess>]
type Reference =
    | X of value: float * label: string
    | Y of value: float * label: string

/// One pair of axes and what is drawn between them. Its title is empty where the figure has no other panel.
type Panel =
    { Title: string
      XAxis: Axis
      YAxis: Axis
      Traces: Trace list
      References: Reference list }

/// A figure: data and words, no pixels. Its title is a sentence that says what is seen; its caption gives units, n and intervals.
type Figure =
    { Title: string
      /// What its files are called.
      Name: string
      Caption: string
      /// From the left, row by row from the top.
      Panels: Panel list
      Columns: int
      /// Whether bars at one place stand on each other, not beside each other.
      Stacked: bool
      /// Of the whole drawing, in pixels.
      Height: int }

    /// What is drawn in all panels.
    member figure.Traces = figure.Panels |> List.collect _.Traces
