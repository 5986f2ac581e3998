namespace Mlsae.Training;

/// <summary>How a training stands, given at every logged step.</summary>
/// <param name="Step">steps taken</param>
/// <param name="TotalSteps">steps of the whole training</param>
/// <param name="Tokens">tokens trained on</param>
/// <param name="VectorsPerSecond">vectors a second since the last report</param>
/// <param name="Fvu">fraction of variance unexplained in the step, mean over layers</param>
/// <param name="L0">active latents a vector, mean over layers</param>
/// <param name="DeadFraction">share of latents that are dead</param>
/// <param name="Loss">the step's loss</param>
/// <param name="Remaining">estimated time to the end</param>
public sealed record TrainingProgress(
    long Step, long TotalSteps, long Tokens, double VectorsPerSecond, double Fvu, double L0, double DeadFraction, double Loss, TimeSpan Remaining);

/// <summary>How a training ended.</summary>
/// <param name="Steps">steps taken, those before a resume included</param>
/// <param name="Tokens">tokens trained on</param>
/// <param name="Completed">false where it was cancelled; its last checkpoint is then in <paramref name="Checkpoint"/></param>
/// <param name="Checkpoint">the newest checkpoint's folder, or null</param>
public sealed record TrainingResult(long Steps, long Tokens, bool Completed, string? Checkpoint);
