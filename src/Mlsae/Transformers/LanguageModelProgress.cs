namespace Mlsae.Transformers;

/// <summary>Where a training stands, at a logged step.</summary>
/// <param name="Step">steps done</param>
/// <param name="Steps">steps in all</param>
/// <param name="Tokens">tokens seen</param>
/// <param name="Loss">mean training loss since the last report, nats a token</param>
/// <param name="HeldOutLoss">the last measured held-out loss, nats a token; null before the first</param>
/// <param name="LearningRate">of the last step</param>
/// <param name="GradientNorm">Euclidean norm of all gradients before clipping, in the last step</param>
/// <param name="TokensPerSecond">since the last report</param>
/// <param name="Remaining">estimated time to the end</param>
public sealed record LanguageModelProgress(
    int Step, int Steps, long Tokens, double Loss, double? HeldOutLoss, double LearningRate, double GradientNorm, double TokensPerSecond, TimeSpan Remaining);

/// <summary>How a training ended.</summary>
/// <param name="Steps">steps done</param>
/// <param name="Tokens">tokens seen</param>
/// <param name="Completed">whether it ran to its end rather than being cancelled</param>
/// <param name="HeldOutLoss">held-out loss at the end, nats a token; null where nothing is held out or it was cancelled</param>
/// <param name="Seconds">time spent training, over all its runs</param>
/// <param name="Checkpoint">the folder to resume from, where it was cancelled and has a folder</param>
public sealed record LanguageModelTrainingResult(int Steps, long Tokens, bool Completed, double? HeldOutLoss, double Seconds, string? Checkpoint);
