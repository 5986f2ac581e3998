using System.Globalization;
using System.Text;
using System.Text.Json.Serialization;
using Mlsae.Analysis.Toys;
using Mlsae.Dictionaries;
using Mlsae.Storage;

namespace Mlsae.Pipelines.Toys;

/// <summary>What dictionaries found of the features that toy data is made of.</summary>
public sealed record ToyResult
{
    /// <summary>What was done.</summary>
    public required ToyExperimentConfig Config { get; init; }

    /// <summary>How recovery is measured.</summary>
    public string Definition { get; init; } = ToyRecovery.Definition;

    /// <summary>Each dictionary, in the order of the configuration.</summary>
    public required IReadOnlyList<ToyDictionaryResult> Dictionaries { get; init; }

    /// <summary>Writes toy.json, with the scores, and features.csv, with each feature of each seed.</summary>
    /// <param name="folder">is made where it is missing; files in it are replaced</param>
    /// <exception cref="IOException">A file could not be written.</exception>
    public void Save(string folder)
    {
        Directory.CreateDirectory(folder);
        JsonFile.Write(Path.Combine(folder, "toy.json"), this);
        AtomicFile.WriteText(Path.Combine(folder, "features.csv"), Csv());
    }

    private string Csv()
    {
        var text = new StringBuilder("dictionary,seed,feature,trajectory,probability,cosine,recovered,one_latent,profile_distance,linked_profile_distance\n");
        foreach (var dictionary in Dictionaries)
        {
            foreach (var (seed, feature) in dictionary.Features)
            {
                string[] numbers =
                [
                    .. new double?[] { feature.Probability, feature.Cosine, feature.Recovered, feature.OneLatent, feature.ProfileDistance, feature.LinkedProfileDistance }
                        .Select(number => number?.ToString("R", CultureInfo.InvariantCulture) ?? ""),
                ];
                text.Append(CultureInfo.InvariantCulture, $"{dictionary.Name},{seed},{feature.Feature},{DictionaryKinds.Hyphenated(feature.Trajectory)},{string.Join(',', numbers)}\n");
            }
        }

        return text.ToString();
    }
}

/// <summary>What one of the dictionaries found, over all seeds.</summary>
public sealed record ToyDictionaryResult
{
    /// <summary>What tables call it.</summary>
    public required string Name { get; init; }

    /// <summary>How its latents are arranged over layers.</summary>
    public required Arrangement Arrangement { get; init; }

    /// <summary>Latents of all its dictionaries.</summary>
    public required int Latents { get; init; }

    /// <summary>Fraction of variance unexplained on tokens it was not trained on; the mean over layers and seeds.</summary>
    public required double Fvu { get; init; }

    /// <summary>Active latents of a vector; the mean over layers and seeds.</summary>
    public required double L0 { get; init; }

    /// <summary>Over the features of all seeds.</summary>
    public required ToyScores All { get; init; }

    /// <summary>Over the features of each trajectory.</summary>
    public required IReadOnlyDictionary<ToyTrajectory, ToyScores> Trajectories { get; init; }

    /// <summary>Each feature with the seed it is of.</summary>
    [JsonIgnore]
    public required IReadOnlyList<(ulong Seed, FeatureRecovery Feature)> Features { get; init; }
}
