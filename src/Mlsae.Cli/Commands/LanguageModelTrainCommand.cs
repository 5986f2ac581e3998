using System.CommandLine;
using Mlsae.Pipelines;
using Mlsae.Storage;
using Mlsae.Text;
using Mlsae.Transformers;

namespace Mlsae.Cli.Commands;

/// <summary><c>mlsae lm train</c>: a GPT-NeoX from random weights.</summary>
internal static class LanguageModelTrainCommand
{
    private static readonly Option<string> Data = new("--data") { Description = "'microworld', or a file or folder of text.", DefaultValueFactory = _ => TextData.Microworld };
    private static readonly Option<string> TokenizerPath = new("--tokenizer") { Description = "A tokenizer.json; without one, that of the embedded models." };
    private static readonly Option<string> Config = new("--config") { Description = "A JSON file with everything, as 'config' in a run.json; other options are then ignored." };
    private static readonly Option<int> Layers = Number("--layers", "Blocks.", 6);
    private static readonly Option<int> ModelDim = Number("--model-dim", "Width of the residual stream.", 128);
    private static readonly Option<int> Heads = Number("--heads", "Attention heads.", 4);
    private static readonly Option<int> MlpDim = Number("--mlp-dim", "Neurons of each MLP.", 512);
    private static readonly Option<ActivationKind> Activation = new("--activation") { Description = "Of the neurons.", DefaultValueFactory = _ => ActivationKind.Gelu };
    private static readonly Option<int> Context = Number("--context", "Tokens of a context.", 256);
    private static readonly Option<int> Steps = Number("--steps", "Optimiser steps.", 5000);
    private static readonly Option<int> Batch = Number("--batch", "Contexts of a step.", 16);
    private static readonly Option<double> LearningRate = new("--learning-rate") { Description = "After the warm-up.", DefaultValueFactory = _ => 2e-3 };
    private static readonly Option<int> CheckpointEvery = Number("--checkpoint-every", "Steps between checkpoints.", 500);
    private static readonly Option<long> FirstDocument = new("--first-document") { Description = "Documents passed over before the first.", DefaultValueFactory = _ => 0 };
    private static readonly Option<ulong> Seed = new("--seed") { Description = "Of the initial weights.", DefaultValueFactory = _ => 0 };
    private static readonly Option<string> Output = new("--output") { Description = "The run's folder.", DefaultValueFactory = _ => Path.Combine(RunFolder.DefaultParent, "lm") };
    private static readonly Option<bool> Overwrite = new("--overwrite") { Description = "Delete an older run in that folder." };
    private static readonly Option<string> ResumeFrom = new("--resume") { Description = "The folder of a run to go on with; its own configuration is used." };

    public static Command Create()
    {
        var command = new Command("train", "Train a language model from random weights into a run folder; the model is in model/.")
        {
            Data, TokenizerPath, Config, Layers, ModelDim, Heads, MlpDim, Activation, Context, Steps, Batch, LearningRate, CheckpointEvery, FirstDocument, Seed,
            Output, Overwrite, ResumeFrom,
        };
        command.SetAction((parsed, cancellation) => Task.FromResult(Run(parsed, cancellation)));
        return command;
    }

    private static Option<int> Number(string name, string description, int value) => new(name) { Description = description, DefaultValueFactory = _ => value };

    private static int Run(ParseResult parsed, CancellationToken cancellation)
    {
        var run = parsed.GetValue(ResumeFrom) is { } folder ? RunFolder.Open(folder) : Start(parsed);
        var result = ConsoleProgress.Run("Training", show => LanguageModelRun.Train(
            run,
            new SynchronousProgress<LanguageModelProgress>(p => show((double)p.Step / p.Steps, Describe(p))),
            cancellation));
        if (!result.Completed)
        {
            Console.WriteLine($"Stopped after step {result.Steps:N0}. Go on with: mlsae lm train --resume {run.Path}");
            return 130;
        }

        string heldOut = result.HeldOutLoss is { } loss ? $", held-out loss {loss:F3} nats a token" : "";
        Console.WriteLine($"{result.Tokens:N0} tokens in {TimeSpan.FromSeconds(result.Seconds):h\\:mm\\:ss}{heldOut}. Model: {Path.Combine(run.Path, LanguageModelRun.ModelFolder)}");
        return 0;
    }

    private static string Describe(LanguageModelProgress p) =>
        $"loss {p.Loss:F3}  held out {p.HeldOutLoss?.ToString("F3") ?? "-"}  {p.TokensPerSecond:N0} tokens/s";

    private static RunFolder Start(ParseResult parsed)
    {
        var config = parsed.GetValue(Config) is { } path ? JsonFile.Read<LanguageModelRunConfig>(path) : FromOptions(parsed);
        var manifest = RunManifest.Of("lm train", config, config.Training.Seed) with { Data = config.Data };
        return RunFolder.Create(parsed.GetRequiredValue(Output), manifest, parsed.GetValue(Overwrite));
    }

    private static LanguageModelRunConfig FromOptions(ParseResult parsed)
    {
        string tokenizer = Path.GetFullPath(parsed.GetValue(TokenizerPath) ?? Path.Combine(ModelOption.Folder(ModelOption.Default), "tokenizer.json"));
        int vocabulary = Tokenizer.Load(tokenizer).VocabularySize;
        var shape = LanguageModelConfig.GptNeoX(
            parsed.GetValue(Layers), parsed.GetValue(ModelDim), parsed.GetValue(Heads), parsed.GetValue(MlpDim), vocabulary, parsed.GetValue(Context));
        return new LanguageModelRunConfig
        {
            Model = (shape with { Activation = parsed.GetValue(Activation) }).Validated(),
            Training = new LanguageModelTrainingConfig
            {
                Steps = parsed.GetValue(Steps),
                BatchSequences = parsed.GetValue(Batch),
                LearningRate = parsed.GetValue(LearningRate),
                CheckpointEvery = parsed.GetValue(CheckpointEvery),
                Seed = parsed.GetValue(Seed),
            }.Validated(),
            Data = parsed.GetRequiredValue(Data),
            Tokenizer = tokenizer,
            FirstDocument = parsed.GetValue(FirstDocument),
        };
    }
}
