namespace Mlsae.Scripting

open System.IO
open System.Reflection

/// The JavaScript that draws figures, as it was embedded when this assembly was built.
module internal PlottingBundle =

    let missing =
        "The drawing is missing because Mlsae.Scripting was built without the plotting bundle; "
        + "run npm ci --prefix src/Mlsae.Scripting and build again. The numbers are in the .csv files."

    /// The bundle's text; None where it was not there at the build.
    let script =
        lazy
            (use resource = Assembly.GetExecutingAssembly().GetManifestResourceStream "plotly.min.js"
             if isNull resource then
                 None
             else
                 use reader = new StreamReader(resource)
                 Some(reader.ReadToEnd()))
