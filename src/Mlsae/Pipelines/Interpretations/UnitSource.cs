using Mlsae.Analysis.Interpretation;
using Mlsae.Dictionaries;
using Mlsae.Numerics;
using Mlsae.Transformers;

namespace Mlsae.Pipelines.Interpretations;

/// <summary>Units of one kind at every layer whose activations are read off the model.</summary>
internal abstract class UnitSource
{
    /// <summary>What results call it.</summary>
    public required string Name { get; init; }

    /// <summary>What it is, in a few words.</summary>
    public required string Description { get; init; }

    /// <summary>[layers][units] The units that are looked at.</summary>
    public required IReadOnlyList<UnitAddress[]> Units { get; init; }

    /// <summary>The units' activations on the tokens of a batch.</summary>
    /// <param name="batch">the batch</param>
    /// <param name="vectors">[tokens · L × d_model] its vectors, row t·L + l token t at layer l</param>
    /// <param name="positions">[tokens] where these tokens stand in the batch</param>
    /// <returns>[layers] matrices [tokens × units]</returns>
    public abstract Matrix[] Read(TokenBatch batch, Matrix vectors, int[] positions);
}

/// <summary>Latents of a dictionary.</summary>
/// <param name="dictionary">the dictionary</param>
internal sealed class LatentSource(ILayeredDictionary dictionary) : UnitSource
{
    /// <inheritdoc/>
    public override Matrix[] Read(TokenBatch batch, Matrix vectors, int[] positions)
    {
        var codes = dictionary.Encode(vectors);
        int layers = dictionary.LayerCount;
        var activations = new Matrix[layers];
        Workers.For(layers, layer => activations[layer] = Dense(codes, layer, positions.Length));
        return activations;
    }

    /// <summary>The first latents of a dictionary at each layer.</summary>
    /// <param name="name">what results call it</param>
    /// <param name="description">what it is</param>
    /// <param name="dictionary">the dictionary</param>
    /// <param name="count">latents at each layer, at most</param>
    /// <param name="isShared">whether latents are the same ones at all layers</param>
    /// <param name="inPairs">whether latent i and i + n/2 are one direction in both senses, which are then taken beside each other</param>
    public static LatentSource Of(string name, string description, ILayeredDictionary dictionary, int count, bool isShared, bool inPairs = false) => new(dictionary)
    {
        Name = name,
        Description = description,
        Units = [.. Enumerable.Range(0, dictionary.LayerCount).Select(layer =>
        {
            int there = dictionary.LatentsAt(layer).Count;
            return Enumerable.Range(0, Math.Min(count, there)).Select(unit => new UnitAddress(name, layer, inPairs ? unit / 2 + unit % 2 * (there / 2) : unit, isShared)).ToArray();
        })],
    };

    private Matrix Dense(SparseRows codes, int layer, int tokens)
    {
        int first = dictionary.LatentsAt(layer).First;
        var columns = Units[layer].Index().ToDictionary(unit => first + unit.Item.Index, unit => unit.Index);
        var dense = new Matrix(tokens, columns.Count);
        for (int token = 0; token < tokens; token++)
        {
            int row = token * dictionary.LayerCount + layer;
            var indices = codes.RowIndices(row);
            var values = codes.RowValues(row);
            for (int entry = 0; entry < indices.Length; entry++)
            {
                if (columns.TryGetValue(indices[entry], out int column))
                {
                    dense[token, column] = Math.Max(values[entry], 0);
                }
            }
        }

        return dense;
    }
}

/// <summary>Neurons of the MLPs, after their activation function; what is negative counts as 0.</summary>
/// <param name="model">the model</param>
/// <param name="layers">of which blocks</param>
internal sealed class NeuronSource(ILanguageModel model, int[] layers) : UnitSource
{
    /// <summary>The first neurons of some blocks.</summary>
    public static NeuronSource Of(ILanguageModel model, IReadOnlyList<HookPoint> hooks, int count) => new(model, [.. hooks.Select(hook => hook.Layer)])
    {
        Name = "neurons",
        Description = "neurons of the layer's MLP, negative activations set to 0",
        Units = [.. hooks.Select((_, layer) => Enumerable.Range(0, Math.Min(count, model.MlpDim)).Select(unit => new UnitAddress("neurons", layer, unit)).ToArray())],
    };

    /// <inheritdoc/>
    public override Matrix[] Read(TokenBatch batch, Matrix vectors, int[] positions)
    {
        HookPoint[] hooks = [.. layers.Select(HookPoint.MlpPost)];
        var captured = model.Forward(batch, new ForwardOptions { Captures = [.. hooks.Distinct()], Logits = false });
        return [.. hooks.Select((hook, layer) => Positive(captured[hook], positions, Units[layer].Length))];
    }

    private static Matrix Positive(Matrix neurons, int[] positions, int count)
    {
        var positive = new Matrix(positions.Length, count);
        for (int token = 0; token < positions.Length; token++)
        {
            Kernels.Relu(neurons.Row(positions[token])[..count], positive.Row(token));
        }

        return positive;
    }
}
