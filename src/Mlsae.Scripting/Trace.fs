namespace Mlsae.Scripting

/// Positions along an axis.
type Values =
    | Numbers of float[]
    | Labels of string[]

/// A curve, points or bars. Low, High and Hover are empty where there are none.
type Series =
    { Name: string
      X: Values
      Y: float[]
      Low: float[]
      High: float[]
      Hover: string[] }

/// A rectangle of values: Cells[row][column] is drawn at (X[column], Y[row]), the first row at the top.
type Grid =
    { X: Values
      Y: Values
      Cells: float[][]
      Meaning: string }

/// What is drawn.
type Trace =
    | Line of Series
    | Points of Series
    | Bars of Series
    | HeatMap of Grid

/// What an axis says and how it is divided.
type Axis =
    { Label: string
      Log: bool
      Range: (float * float) option
      FromZero: bool
      Ticks: bool }

/// A figure: data and words, no pixels. Its title is a sentence that says what is seen; its caption gives units, n and intervals.
type Figure =
    { Title: string
      /// What its files are called.
      Name: string
      Caption: string
      XAxis: Axis
      YAxis: Axis
      Traces: Trace list
      Height: int }
