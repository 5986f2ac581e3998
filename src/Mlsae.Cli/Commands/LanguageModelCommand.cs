using System.CommandLine;

namespace Mlsae.Cli.Commands;

/// <summary><c>mlsae lm</c>: make language models and let them write.</summary>
internal static class LanguageModelCommand
{
    public static Command Create(string name, string description) => new(name, description)
    {
        LanguageModelTokenizerCommand.Create(), LanguageModelTrainCommand.Create(), LanguageModelEvaluateCommand.Create(), LanguageModelSampleCommand.Create(),
    };
}
