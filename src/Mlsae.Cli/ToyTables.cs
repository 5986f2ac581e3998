using System.Globalization;
using Mlsae.Analysis.Toys;
using Mlsae.Dictionaries;
using Mlsae.Metrics;
using Mlsae.Pipelines.Toys;
using Spectre.Console;

namespace Mlsae.Cli;

/// <summary>What dictionaries found of known features, as tables on the console.</summary>
internal static class ToyTables
{
    /// <summary>One row for each dictionary; of layered data one for each trajectory too.</summary>
    public static void Write(ToyResult result)
    {
        bool layered = result.Config.LayerCount > 1;
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumns("dictionary", layered ? "features" : "latents");
        string[] numbers = ["FVU", "L0", "MMCS", "recovered", .. layered ? ["one latent", "profile", "linked profile"] : Array.Empty<string>()];
        foreach (string title in numbers)
        {
            table.AddColumn(new TableColumn(title).RightAligned());
        }

        foreach (var dictionary in result.Dictionaries)
        {
            AddRows(table, dictionary, layered);
        }

        AnsiConsole.Write(table);
        WriteLegend(result, layered);
    }

    private static void AddRows(Table table, ToyDictionaryResult dictionary, bool layered)
    {
        string fvu = dictionary.Fvu.ToString("F3", CultureInfo.InvariantCulture), l0 = dictionary.L0.ToString("F1", CultureInfo.InvariantCulture);
        if (!layered)
        {
            table.AddRow([dictionary.Name, dictionary.Latents.ToString("N0", CultureInfo.InvariantCulture), fvu, l0, .. Cells(dictionary.All, false)]);
            return;
        }

        table.AddRow([dictionary.Name, "all", fvu, l0, .. Cells(dictionary.All, true)]);
        foreach (var (trajectory, scores) in dictionary.Trajectories.OrderBy(entry => entry.Key))
        {
            table.AddRow(["", DictionaryKinds.Hyphenated(trajectory), "", "", .. Cells(scores, true)]);
        }
    }

    private static string[] Cells(ToyScores scores, bool layered) =>
    [
        ResultTables.Show(scores.Mmcs, "F3"), ResultTables.Show(scores.Recovered, "P0"),
        .. layered
            ? [ResultTables.Show(scores.OneLatent, "P0"), ResultTables.Show(scores.ProfileDistance, "F3"), ResultTables.Show(scores.LinkedProfileDistance, "F3")]
            : Array.Empty<string>(),
    ];

    private static void WriteLegend(ToyResult result, bool layered)
    {
        var toy = result.Config.Toy;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{toy.FeatureCount} features in {toy.ModelDim} dimensions, {toy.MeanActive} active at a token, {result.Config.Seeds} seeds, {result.Config.Dictionaries[0].TotalTokens:N0} tokens each; ± is half of the 95 % bootstrap interval over features."));
        Console.WriteLine("MMCS: the largest cosine of a latent with each feature, mean over features and their layers; recovered: the share where it exceeds 0.9.");
        if (layered)
        {
            Console.WriteLine("One latent: features that a single latent is at all their layers. Profile: distance of the best single latent's shares of activation by layer from the true ones, 0 to 1;");
            Console.WriteLine("linked: of the best latents at each layer taken together, which only who knows the features can do. Latents per layer cannot be one latent over several layers.");
        }
    }
}
