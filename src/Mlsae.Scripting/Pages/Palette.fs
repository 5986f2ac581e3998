namespace Mlsae.Scripting

open System.Collections.Generic

/// Fewer colours, which make a picture's file a third as large and can hardly be told from the given ones.
module internal Palette =

    let private channel shift colour = (colour >>> shift) &&& 0xFF

    /// The greatest difference in red, green or blue.
    let private difference a b =
        max (abs (channel 16 a - channel 16 b)) (max (abs (channel 8 a - channel 8 b)) (abs (channel 0 a - channel 0 b)))

    /// The colours of areas, the largest first: eight pixels in a row or a column. All other colours are of the rims of letters and lines.
    let private areas width (rgb: int[]) =
        let isRun step i = i >= 7 * step && Seq.forall (fun back -> rgb[i - back * step] = rgb[i]) [ 1..7 ]
        seq { for i in 0 .. rgb.Length - 1 do if isRun 1 i || isRun width i then rgb[i] } |> Seq.countBy id |> Seq.sortByDescending snd |> Seq.map fst |> Array.ofSeq

    let private size = 256
    let private sizeForAreas = 176

    /// Adds each colour that differs by more than this from all before, up to a size.
    let private extend most limit (palette: List<int>) colours =
        let isNew colour = palette.Count < limit && not (palette.Exists(fun chosen -> difference chosen colour <= most))
        colours |> Seq.filter isNew |> Seq.iter palette.Add

    /// A palette in which no colour is further off than this; None where it would be too large. Areas come closer than rims.
    let private choose (ofAreas: int[]) (all: int[]) most =
        let palette = List<int>()
        extend (min 2 most) sizeForAreas palette ofAreas
        extend most (size + 1) palette all
        if palette.Count <= size then Some(palette.ToArray()) else None

    // With the last, what is left of the palette is always enough.
    let private differences = [ 0; 2; 4; 6; 8; 11; 14; 18; 23; 30; 40; 56; 80 ]

    let private nearest (palette: int[]) colour = palette |> Seq.mapi (fun place chosen -> difference chosen colour, place) |> Seq.min |> snd |> byte

    /// Writes a picture again with a palette, cut to a height.
    let reduce (path: string) height =
        match Png.read path with
        | None -> ()
        | Some pixels ->
            let rgb = pixels.Rgb |> Array.truncate (pixels.Width * height)
            let all = rgb |> Array.countBy id |> Array.sortByDescending snd |> Array.map fst
            let palette = differences |> List.pick (choose (areas pixels.Width rgb) all)
            let places = all |> Array.map (fun colour -> colour, nearest palette colour) |> dict
            Png.write path pixels.Width palette (rgb |> Array.map (fun colour -> places[colour]))
