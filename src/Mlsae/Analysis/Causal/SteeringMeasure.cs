using Mlsae.Analysis.Facts;
using Mlsae.Metrics;
using Mlsae.Numerics;
using Mlsae.Text;
using Mlsae.Transformers;

namespace Mlsae.Analysis.Causal;

/// <summary>
/// Writes texts with a latent turned up at every position that a new token is drawn from, and has the untouched model read them. Many texts are written at once, each with a decoder of its own.
/// </summary>
/// <param name="model">writes and reads</param>
/// <param name="tokenizer">its tokenizer</param>
/// <param name="hooks">[L] where the dictionary's layers are</param>
/// <param name="layers">[L] the dictionary at each</param>
/// <param name="prompt">token ids that all texts begin with</param>
/// <param name="config">how</param>
public sealed class SteeringMeasure(
    LanguageModel model, Tokenizer tokenizer, IReadOnlyList<HookPoint> hooks, IReadOnlyList<DictionaryAtLayer> layers, int[] prompt, SteeringConfig config)
{
    /// <summary>One way of turning a latent up, at every strength.</summary>
    /// <param name="latent">which latent, and its own layer</param>
    /// <param name="largest">[L] its largest value at each layer</param>
    /// <param name="mode">how</param>
    /// <param name="at">at which layers</param>
    /// <param name="reading">of the fact; null where none is known</param>
    /// <param name="progress">told the share done</param>
    /// <param name="cancellation">ends the work</param>
    public SteeringCurve Curve(
        ChosenLatent latent, IReadOnlyList<float> largest, SteeringMode mode, IReadOnlyList<int> at, FactReading? reading, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        var points = new List<SteeringPoint>();
        foreach (double strength in config.Strengths)
        {
            cancellation.ThrowIfCancellationRequested();
            var steering = at.ToDictionary(layer => hooks[layer], layer => new LatentSteering(layers[layer], latent.Latent, mode, strength * largest[layer]));
            points.Add(Point(latent, strength, Write(steering), reading));
            progress?.Report((double)points.Count / config.Strengths.Count);
        }

        return new SteeringCurve(mode, at, points);
    }

    /// <summary>[samples][tokens] New tokens. An end-of-text token is text like any other, so that all are of one length.</summary>
    internal int[][] Write(IReadOnlyDictionary<HookPoint, LatentSteering> steering)
    {
        var texts = new int[config.Samples][];
        Workers.For(config.Samples, sample =>
        {
            var decoder = new CachedDecoder(model);
            decoder.Edits = steering.ToDictionary(of => of.Key, of => of.Value.Edit(() => decoder.Length, prompt.Length - 1));
            texts[sample] = Sampler.Generate(decoder, prompt, new SamplingConfig { NewTokens = config.NewTokens, Temperature = config.Temperature, Seed = config.Seed + (ulong)sample });
        });
        return texts;
    }

    private SteeringPoint Point(ChosenLatent latent, double strength, int[][] texts, FactReading? reading)
    {
        var batch = TokenBatch.Of([.. texts.Select(text => (int[])[.. prompt, .. text])]);
        var hook = hooks[latent.Layer];
        var read = model.Forward(batch, new ForwardOptions { Captures = [hook] });
        float[] values = DictionaryAtLayer.ValuesOf(layers[latent.Layer].Encode(read[hook]), latent.Latent);
        var marks = Enumerable.Range(0, texts.Length).Select(i => Read(batch, i, values, read.Logits!, reading)).ToArray();
        var estimates = Bootstrap.Estimates(marks.Length, config.Seed, drawn =>
            [drawn.Average(i => marks[i].Fires), drawn.Average(i => marks[i].Telling), drawn.Average(i => marks[i].CrossEntropy)]);
        return new SteeringPoint(strength, estimates[0], reading is null ? null : estimates[1], estimates[2], [.. texts.Take(config.Shown).Select(Shown)]);
    }

    private TextMarks Read(TokenBatch batch, int sequence, float[] values, Matrix logits, FactReading? reading)
    {
        int fires = 0, count = batch.Length - prompt.Length;
        double telling = 0, crossEntropy = 0;
        for (int row = sequence * batch.Length + prompt.Length; row < (sequence + 1) * batch.Length; row++)
        {
            fires += values[row] > 0 ? 1 : 0;
            telling += reading?.Of(batch.Ids[row - 1], batch.Ids[row]) ?? 0;
            crossEntropy += DeltaCrossEntropy.CrossEntropy(logits.Row(row - 1), KlDivergence.LogSumExp(logits.Row(row - 1)), batch.Ids[row]);
        }

        return new TextMarks((double)fires / count, telling / count, crossEntropy / count);
    }

    private string Shown(int[] text) => string.Concat(text.Select(tokenizer.Display));

    /// <summary>Of one text: shares and means over its new tokens.</summary>
    private readonly record struct TextMarks(double Fires, double Telling, double CrossEntropy);
}
