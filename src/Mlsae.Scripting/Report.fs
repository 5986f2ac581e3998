[<RequireQualifiedAccess>]
module Mlsae.Scripting.Report
