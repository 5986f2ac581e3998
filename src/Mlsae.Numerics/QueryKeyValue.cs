namespace Mlsae.Numerics;

/// <summary>What attention works on, or the gradients in them. The three may be column windows of one matrix.</summary>
/// <param name="Queries">[sequences·positions × heads·headDim]</param>
/// <param name="Keys">[sequences·keyRows × keyValueHeads·headDim]</param>
/// <param name="Values">[sequences·keyRows × keyValueHeads·headDim]</param>
public readonly record struct QueryKeyValue(Matrix Queries, Matrix Keys, Matrix Values);
