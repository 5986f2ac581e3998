using Mlsae.Numerics;

namespace Mlsae.Transformers;

/// <summary>Overwrites what a pass came to with its gradient.</summary>
/// <param name="firstRow">which of the outcome's rows the matrix begins with; rows of one sequence are together, parts may come in any order and at once</param>
/// <param name="outcome">[rows × width] some rows of the outcome; left with the gradient of the objective in them</param>
public delegate void Objective(int firstRow, Matrix outcome);

/// <summary>A function of what a model's pass comes to, and where its gradient is wanted. The weights are held fixed.</summary>
/// <param name="Objective">from the outcome to the gradient in it</param>
public sealed record GradientRequest(Objective Objective)
{
    /// <summary>What the objective is a function of: <see cref="HookKind.Logits"/>, or the residual stream after a block.</summary>
    public HookPoint Outcome { get; init; } = new(HookKind.Logits);

    /// <summary>The tokens that it is a function of, ascending from 0; null for all.</summary>
    public IReadOnlyList<int>? Rows { get; init; }

    /// <summary>The blocks after which the gradient in the residual stream is wanted.</summary>
    public required IReadOnlyCollection<int> Layers { get; init; }

    /// <summary>Where not null, the pass starts after this block from <see cref="StartResidual"/>, as in <see cref="ForwardOptions.StartLayer"/>.</summary>
    public int? StartLayer { get; init; }

    /// <summary>[tokens × d_model] the residual stream after block <see cref="StartLayer"/>; not changed.</summary>
    public Matrix? StartResidual { get; init; }

    /// <summary>The last block that has to run.</summary>
    internal int LastLayer(int layerCount) => Outcome.Kind == HookKind.Logits ? layerCount - 1 : Outcome.Layer;

    /// <summary>Checks that a model of that many blocks has these places.</summary>
    /// <exception cref="ArgumentException">It has not, or the gradient lies outside the pass.</exception>
    internal void Check(int layerCount)
    {
        Require.That(Outcome.Kind is HookKind.Logits or HookKind.ResidPost, $"Gradients are of functions of the logits or of the residual stream after a block, not of {Outcome}.");
        int last = LastLayer(layerCount), first = StartLayer ?? 0;
        Require.That(last < layerCount, $"The outcome {Outcome} lies outside the model's blocks 0 to {layerCount - 1}.");
        Require.That(Layers.Count > 0, "No layer is named whose gradient is wanted.");
        foreach (int layer in Layers)
        {
            Require.That(layer >= first && layer <= last, $"The gradient after block {layer} lies outside the pass, which goes from block {first} to block {last}.");
        }
    }
}
