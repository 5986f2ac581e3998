using System.CommandLine;

namespace Mlsae.Cli.Commands;

/// <summary><c>mlsae lm</c>: make language models and let them write.</summary>
internal static class LanguageModelCommand
{
    public static Command Create() => new("lm", "Train small language models, and sample from any.")
    {
        LanguageModelTokenizerCommand.Create(), LanguageModelTrainCommand.Create(), LanguageModelEvaluateCommand.Create(), LanguageModelSampleCommand.Create(),
    };
}
