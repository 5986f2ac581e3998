[<RequireQualifiedAccess>]
module Mlsae.Scripting.Figure
