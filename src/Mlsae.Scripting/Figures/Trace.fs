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

/// How numbers become colours.
[<RequireQualifiedAccess>]
type ColourScale =
    /// Light where the number is small: white paper means nothing there.
    | FromPaper
    /// From violet to green in even steps, each of which can be seen on white paper.
    | Even
    /// Blue below zero, white at zero, orange above.
    | Diverging

/// A scale, what it covers, and whether it is divided by powers of ten; then what is not above zero has no colour.
type Colours =
    { Scale: ColourScale
      Log: bool
      Range: (float * float) option }

/// A rectangle of values: Cells[row][column] is drawn at (X[column], Y[row]), the first row at the top or, upwards, at the bottom.
type Grid =
    { X: Values
      Y: Values
      Cells: float[][]
      Meaning: string
      Colours: Colours
      Upwards: bool }

/// Many points, each with a number that colours it. Hover is empty where there is none.
type Cloud =
    { X: float[]
      Y: float[]
      Values: float[]
      Meaning: string
      Colours: Colours
      Hover: string[] }

/// What colours a node: a group by its name, or a number by a scale.
[<RequireQualifiedAccess>]
type NodeColour =
    | Group of string
    | Number of float

/// A node of a network. Its size is from 0 to 1; its place is relative to the other nodes', y upwards. Without a text for the mouse it shows its label.
type Node =
    { Id: string
      Label: string
      X: float
      Y: float
      Size: float
      Colour: NodeColour
      Hover: string }

/// An arrow between two nodes, named by their identifiers. The weight's size is its width, the weight's sign its colour.
type Edge =
    { From: string
      To: string
      Weight: float
      Hover: string }

/// Nodes joined by arrows; the meanings name what colours the nodes and what the weights are.
type Graph =
    { Nodes: Node[]
      Edges: Edge[]
      NodeMeaning: string
      EdgeMeaning: string
      Colours: Colours }

/// What is drawn.
type Trace =
    | Line of Series
    | Points of Series
    | Bars of Series
    | HeatMap of Grid
    | Cloud of Cloud
    | Network of Graph
