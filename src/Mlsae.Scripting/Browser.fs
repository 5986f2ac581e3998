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

    let private arguments (profile: string) (width: int, height: int) (page: string) (picture: string) =
        [ "--headless"; "--no-sandbox"; "--disable-gpu"; "--disable-quic"; "--no-first-run"; "--disable-background-networking"
          "--disable-component-update"; "--disable-sync"; "--disable-extensions"; "--hide-scrollbars"; "--mute-audio"
          // Nothing is looked up: what a page shows must be in it.
          "--host-resolver-rules=MAP * ~NOTFOUND"
          $"--user-data-dir={profile}"; $"--window-size={width},{height}"; "--virtual-time-budget=10000"
          $"--screenshot={Path.GetFullPath picture}"; (Uri (Path.GetFullPath page)).AbsoluteUri ]

    let private run (program: string) (arguments: string list) =
        let start = ProcessStartInfo(program, arguments, RedirectStandardError = true, RedirectStandardOutput = true)
        use chromium = Process.Start start
        chromium.OutputDataReceived.Add ignore
        chromium.ErrorDataReceived.Add ignore
        chromium.BeginOutputReadLine()
        chromium.BeginErrorReadLine()
        if not (chromium.WaitForExit 60000) then
            chromium.Kill true

    /// Draws a page into a PNG of the given size in pixels; false where there is no Chromium or it made no picture.
    let picture size (page: string) (picture: string) =
        match find () with
        | None -> false
        | Some program ->
            let profile = Directory.CreateTempSubdirectory "mlsae-chromium-"
            try
                File.Delete picture
                run program (arguments profile.FullName size page picture)
                File.Exists picture
            finally
                try profile.Delete true with :? IOException -> ()
