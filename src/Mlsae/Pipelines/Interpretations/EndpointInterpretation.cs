using Mlsae.Analysis.Interpretation;
using Mlsae.Analysis.Interpretation.Asked;
using Mlsae.Endpoints;
using Mlsae.Numerics;
using Mlsae.Pipelines.Analyses;

namespace Mlsae.Pipelines.Interpretations;

/// <summary>Which language models are asked, and how.</summary>
public sealed record EndpointInterpretationConfig
{
    /// <summary>Where they are.</summary>
    public required EndpointConfig Endpoint { get; init; }

    /// <summary>The model that explains.</summary>
    public required string Explainer { get; init; }

    /// <summary>The model that simulates.</summary>
    public required string Simulator { get; init; }

    /// <summary>Caps on spend, and prices.</summary>
    public SpendLimits Limits { get; init; } = new();

    /// <summary>Whether the probabilities of answers are asked for.</summary>
    public bool WantsProbabilities { get; init; } = true;

    /// <summary>Units worked on at once.</summary>
    public int Concurrency { get; init; } = 4;

    /// <summary>This configuration, checked.</summary>
    /// <exception cref="ArgumentException">A value cannot be.</exception>
    public EndpointInterpretationConfig Validated()
    {
        Endpoint.Validated();
        Limits.Validated();
        Limits.PricesOf(Explainer);
        Limits.PricesOf(Simulator);
        Require.That(Concurrency > 0, $"concurrency is {Concurrency}; it must be at least 1.");
        return this;
    }
}

/// <summary>What an interpretation will ask at most, counted before the first question.</summary>
/// <param name="Units">units that vary in enough fragments</param>
/// <param name="Questions">questions: for each unit one for an explanation and one for each of ten fragments, or fewer where a top fragment is a random one too</param>
/// <param name="Known">of these, such as were answered in an earlier call and cost nothing</param>
/// <param name="InputTokens">tokens of the others, rather too many</param>
/// <param name="OutputTokens">tokens of the longest answers to them</param>
/// <param name="Cost">at the prices given; null without prices</param>
public sealed record SpendEstimate(int Units, int Questions, int Known, long InputTokens, long OutputTokens, double? Cost);

/// <summary>Explains and scores gathered units with language models behind an endpoint. Every answer is kept in the run's folder, so that stopped work goes on from there, at no cost for what is known.</summary>
public sealed class EndpointInterpretation : IDisposable
{
    /// <summary>The folder under analysis/ that answers are kept in, of all dictionaries of the run.</summary>
    public const string AnswersName = "autointerp-answers";

    // Words of an explanation that is not known yet.
    private const string Unknown = "words of a kind, about as many as an explanation has, in a text of some kind";

    private readonly HarvestedUnits _harvested;
    private readonly EndpointInterpretationConfig _config;
    private readonly AnswerCache _answers;
    private readonly EndpointChat _endpoint;
    private readonly LimitedChat _limited;
    private readonly CachedChat _chat;
    private readonly EndpointExplainer _explainer;
    private readonly EndpointSimulator _simulator;

    /// <param name="run">in whose folder answers are kept</param>
    /// <param name="harvested">the units</param>
    /// <param name="config">who is asked</param>
    /// <param name="wait">how to wait between attempts; null for the clock's way</param>
    /// <exception cref="ArgumentException">The configuration cannot be.</exception>
    public EndpointInterpretation(TrainedRun run, HarvestedUnits harvested, EndpointInterpretationConfig config, Func<TimeSpan, CancellationToken, Task>? wait = null)
    {
        (_harvested, _config) = (harvested, config.Validated());
        _answers = new AnswerCache(run.Folder.AnalysisPath(AnswersName), config.Endpoint.ShownAddress);
        _endpoint = new EndpointChat(config.Endpoint);
        _limited = new LimitedChat(_endpoint, config.Limits);
        _chat = new CachedChat(new PersistentChat(_limited, config.Endpoint, wait), _answers);
        _explainer = new EndpointExplainer(_chat, config.Explainer);
        _simulator = new EndpointSimulator(_chat, config.Simulator, config.WantsProbabilities);
    }

    /// <summary>Tokens that this call has spent.</summary>
    public long SpentTokens => _limited.SpentTokens;

    /// <summary>What they cost at the prices given.</summary>
    public double SpentCost => _limited.SpentCost;

    /// <summary>What will be asked at most.</summary>
    /// <exception cref="InvalidDataException">A kept answer is damaged.</exception>
    public SpendEstimate Estimate()
    {
        RecordSplits[] units = [.. _harvested.InTurns().Select(unit => unit.Record).OfType<UnitRecord>().Select(RecordSplits.Of)];
        ChatQuestion[] questions = [.. units.SelectMany(Questions)];
        ChatQuestion[] open = [.. questions.Where(question => _answers.Find(question) is null)];
        var (input, output) = (open.Sum(question => (long)TokenEstimate.Of(question)), open.Sum(question => (long)question.MostTokens));
        return new SpendEstimate(
            units.Length, questions.Length, questions.Length - open.Length, input, output,
            _config.Limits.Prices.Count == 0 ? null : open.Sum(question => _config.Limits.PricesOf(question.Model).Cost(TokenEstimate.Of(question), question.MostTokens)));
    }

    /// <summary>Does it.</summary>
    /// <inheritdoc cref="UnitInterpreter.InterpretAsync"/>
    public async Task<InterpretationFindings> InterpretAsync(AnalysisSettings settings, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        var interpreter = new Interpreter(_explainer, _simulator) { Concurrency = _config.Concurrency };
        var findings = await UnitInterpreter.InterpretAsync(_harvested, interpreter, settings, progress, cancellation);
        return findings with { Result = findings.Result with { Endpoint = Use() } };
    }

    /// <inheritdoc/>
    public void Dispose() => _endpoint.Dispose();

    private IEnumerable<ChatQuestion> Questions(RecordSplits splits)
    {
        var explanation = _explainer.Question(ActivationScale.Scaled(splits.Explanation));
        string words = _answers.Find(explanation) is { } known ? EndpointExplainer.Words(known) : Unknown;
        return [explanation, .. splits.Scored.Select(record => _simulator.Question(words, record.Fragment)).Distinct()];
    }

    private EndpointUse Use()
    {
        var used = _chat.Used();
        return new EndpointUse(
            _config.Endpoint.ShownAddress, used.Sum(model => model.InputTokens), used.Sum(model => model.OutputTokens),
            _config.Limits.Prices.Count == 0 ? null : used.Sum(model => _config.Limits.PricesOf(model.Model).Cost(model.InputTokens, model.OutputTokens)));
    }
}
