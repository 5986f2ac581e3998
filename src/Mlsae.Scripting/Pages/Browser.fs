namespace Mlsae.Scripting

open System
open System.Diagnostics
open System.IO

/// Pictures of pages, made by Chromium where it is installed.
[<RequireQualifiedAccess>]
module Browser =

    let private names = [ "chromium"; "chromium-browser"; "google-chrome"; "google-chrome-stable"; "chrome.exe"; "msedge.exe" ]

    /// The first Chromium on the PATH.
    let find () =
        let folders = (Environment.GetEnvironmentVariable "PATH" |> Option.ofObj |> Option.defaultValue "").Split Path.PathSeparator
        Seq.allPairs names folders |> Seq.map (fun (name, folder) -> Path.Combine(folder, name)) |> Seq.tryFind File.Exists

    let private arguments (profile: string) (width: int, height: int) (page: string) (task: string) =
        [ "--headless"; "--no-sandbox"; "--disable-gpu"; "--disable-quic"; "--no-first-run"; "--disable-background-networking"
          "--disable-component-update"; "--disable-sync"; "--disable-extensions"; "--hide-scrollbars"; "--mute-audio"
          // Nothing is looked up: what a page shows must be in it.
          "--host-resolver-rules=MAP * ~NOTFOUND"
          $"--user-data-dir={profile}"; $"--window-size={width},{height}"; "--virtual-time-budget=10000"
          task; (Uri (Path.GetFullPath page)).AbsoluteUri ]

    /// What the program prints; nothing where it does not end in time.
    let private run (program: string) (arguments: string list) =
        let start = ProcessStartInfo(program, arguments, RedirectStandardError = true, RedirectStandardOutput = true)
        use chromium = Process.Start start
        let printed = chromium.StandardOutput.ReadToEndAsync()
        chromium.ErrorDataReceived.Add ignore
        chromium.BeginErrorReadLine()
        if chromium.WaitForExit 60000 then
            printed.Result
        else
            chromium.Kill true
            ""

    /// Opens a page in a window of the given size for one task; None where there is no Chromium.
    let private visit size page task =
        let visit program =
            let profile = Directory.CreateTempSubdirectory "mlsae-chromium-"
            try
                run program (arguments profile.FullName size page task)
            finally
                try profile.Delete true with :? IOException -> ()
        find () |> Option.map visit

    /// The page as its scripts leave it; None where there is no Chromium.
    let document size (page: string) = visit size page "--dump-dom"

    /// Draws a page into a new PNG of the given size in pixels; false where there is no Chromium or it made no picture.
    let picture size (page: string) (picture: string) =
        File.Delete picture
        visit size page $"--screenshot={Path.GetFullPath picture}" |> ignore
        File.Exists picture
