namespace Mlsae.Scripting

/// One look for all figures and pages.
module internal Style =

    /// Okabe and Ito's palette, which people with any kind of colour blindness can tell apart; without its yellow, which is too light for lines.
    let palette = [| "#0072B2"; "#D55E00"; "#009E73"; "#CC79A7"; "#E69F00"; "#56B4E9"; "#444444" |]

    /// The same colours for areas behind lines.
    let transparent (colour: string) =
        let part start = System.Convert.ToInt32(colour.Substring(start, 2), 16)
        $"rgba({part 1},{part 3},{part 5},0.18)"

    /// Edges of a network, by the sign of their weight.
    let positive, negative = palette[0], "#E69F00"

    /// Nodes of no group.
    let neutral = "#57606a"

    /// A white rim around letters.
    let rim = "1px 1px 1px #fff, -1px 1px 1px #fff, 1px -1px 1px #fff, -1px -1px 1px #fff, 0 0 3px #fff"

    let dashes = [| "solid"; "dash"; "dot"; "dashdot"; "longdash" |]

    let symbols = [| "circle"; "square"; "diamond"; "triangle-up"; "x"; "cross"; "star" |]

    let cycle (choices: 'a[]) index = choices[index % choices.Length]

    /// Magma, light where the value is small: white paper means nothing there.
    let magmaReversed =
        [ "#fcfdbf"; "#feb078"; "#f1605d"; "#b73779"; "#721f81"; "#2c115f"; "#000004" ]

    // A perceptually even ramp from violet to green, for more series than the palette has colours: layers, in order.
    let private ramp = [| 0x44, 0x1E, 0x71; 0x3E, 0x58, 0x8C; 0x25, 0x84, 0x8E; 0x3F, 0xB4, 0x6F; 0xA8, 0xC5, 0x2E |]

    let private hex (r: int, g: int, b: int) = $"#{r:X2}{g:X2}{b:X2}"

    /// The same ramp as the stops of a scale.
    let even = ramp |> Seq.map hex |> List.ofSeq

    /// Blue for less than nothing, orange for more; both dark at their ends.
    let diverging = [ "#003E73"; "#0072B2"; "#8CBFDD"; "#FFFFFF"; "#F2B98A"; "#D55E00"; "#7A3200" ]

    let private between (place: float) =
        let below = min (int place) (ramp.Length - 2)
        let mix a b = int (round (float a + (place - float below) * float (b - a)))
        let (r0, g0, b0), (r1, g1, b1) = ramp[below], ramp[below + 1]
        hex (mix r0 r1, mix g0 g1, mix b0 b1)

    /// The colour of one of several series.
    let colour count index =
        if count <= palette.Length then palette[index]
        else between (float index / float (count - 1) * float (ramp.Length - 1))

    let font = "Inter, 'Segoe UI', 'Helvetica Neue', 'DejaVu Sans', Arial, sans-serif"

    let css = $"""
:root {{ color-scheme: light; }}
* {{ box-sizing: border-box; }}
body {{ margin: 0 auto; max-width: 1100px; padding: 28px 32px 64px; background: #fff; color: #1c2128; font: 15px/1.55 {font}; }}
h1 {{ font-size: 27px; line-height: 1.25; margin: 0 0 4px; letter-spacing: -0.01em; }}
h2 {{ font-size: 20px; line-height: 1.3; margin: 44px 0 10px; padding-top: 14px; border-top: 1px solid #d8dee4; }}
h3 {{ font-size: 16px; line-height: 1.35; margin: 22px 0 2px; }}
h4 {{ font-size: 13px; font-weight: 600; color: #57606a; margin: 10px 0 2px; }}
figure h3 {{ margin-top: 0; }}
p {{ margin: 6px 0 12px; max-width: 78ch; }}
code {{ font: 13px/1.4 'JetBrains Mono', 'Cascadia Mono', 'DejaVu Sans Mono', Consolas, monospace; background: #f3f4f6; padding: 1px 4px; border-radius: 3px; }}
a {{ color: #0060a0; }}
.subtitle {{ color: #57606a; margin-bottom: 18px; }}
nav {{ background: #f6f8fa; border: 1px solid #d8dee4; border-radius: 6px; padding: 10px 16px; }}
nav ol {{ margin: 0; padding-left: 22px; columns: 2; }}
figure {{ margin: 18px 0 26px; break-inside: avoid; }}
figcaption, .caption {{ color: #57606a; font-size: 13px; line-height: 1.45; max-width: 95ch; margin: 2px 0 0; }}
.plot {{ width: 100%%; }}
.plot .modebar-container {{ visibility: hidden; }}
figure:hover .modebar-container {{ visibility: visible; }}
.missing {{ background: #fff8e5; border-left: 4px solid #E69F00; padding: 8px 14px; }}
.scroll {{ overflow-x: auto; }}
table {{ border-collapse: collapse; font-size: 13.5px; font-variant-numeric: tabular-nums; margin: 8px 0 4px; }}
th, td {{ text-align: left; padding: 4px 14px 4px 0; border-bottom: 1px solid #e6eaee; vertical-align: top; }}
th {{ border-bottom: 2px solid #8c959f; font-weight: 600; vertical-align: bottom; }}
td.number, th.number {{ text-align: right; white-space: nowrap; }}
td .interval {{ color: #6e7781; font-size: 11.5px; display: block; }}
.columns {{ display: grid; grid-template-columns: 1fr 1fr; gap: 0 32px; }}
.columns > * {{ min-width: 0; }}
.example {{ display: flex; gap: 12px; align-items: baseline; padding: 3px 0; border-bottom: 1px solid #eef1f4; break-inside: avoid; }}
.example .where {{ flex: 0 0 150px; color: #57606a; font-size: 12px; white-space: nowrap; font-variant-numeric: tabular-nums; }}
.example .text {{ flex: 1; font: 13.5px/1.75 'JetBrains Mono', 'Cascadia Mono', 'DejaVu Sans Mono', Consolas, monospace; white-space: pre-wrap; overflow-wrap: anywhere; }}
.token {{ unicode-bidi: isolate; border-radius: 2px; padding: 2px 0; }}
.token.here {{ outline: 1.5px solid #1c2128; font-weight: 600; }}
.layers {{ display: inline-flex; gap: 1px; vertical-align: middle; margin-left: 6px; }}
.layers i {{ width: 7px; height: 11px; border: 0.5px solid #c5ccd3; }}
details {{ margin: 8px 0; }}
summary {{ cursor: pointer; }}
@media (max-width: 700px) {{ body {{ padding: 16px; }} nav ol {{ columns: 1; }} .columns {{ grid-template-columns: 1fr; }} }}
@media print {{ body {{ max-width: none; padding: 0; font-size: 11pt; }} nav {{ display: none; }} h2 {{ break-after: avoid; }} details {{ display: block; }}
  * {{ print-color-adjust: exact; -webkit-print-color-adjust: exact; }} }}
"""
