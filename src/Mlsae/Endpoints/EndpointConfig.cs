using Mlsae.Numerics;

namespace Mlsae.Endpoints;

/// <summary>An endpoint that speaks the OpenAI chat-completions protocol, hosted or on this machine.</summary>
public sealed record EndpointConfig
{
    /// <summary>The address that /chat/completions comes after, such as http://localhost:8080/v1.</summary>
    public required Uri Address { get; init; }

    /// <summary>The key; null for none. It is sent to the endpoint and goes nowhere else.</summary>
    public string? Key { get; init; }

    /// <summary>How long one answer may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How often a question is put, at most, where the endpoint is busy, fails or cannot be reached.</summary>
    public int Attempts { get; init; } = 6;

    /// <summary>The wait after the first failed attempt; each further one doubles it.</summary>
    public TimeSpan FirstWait { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait, unless the endpoint itself says how long.</summary>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The longest wait that the endpoint may ask for.</summary>
    public TimeSpan LongestWaitAskedFor { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Where questions go.</summary>
    public Uri Completions => new UriBuilder(Address) { Path = Address.AbsolutePath.TrimEnd('/') + (Address.AbsolutePath.EndsWith(Path, StringComparison.Ordinal) ? "" : Path) }.Uri;

    /// <summary>The address without anything that could be secret.</summary>
    public string ShownAddress => Address.GetLeftPart(UriPartial.Path);

    private const string Path = "/chat/completions";

    /// <summary>Reads an address.</summary>
    /// <exception cref="ArgumentException">It is none that can be asked.</exception>
    public static Uri Parse(string address)
    {
        Require.That(
            Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https",
            $"'{address}' is no endpoint; give the address that /chat/completions comes after, such as http://localhost:8080/v1.");
        Require.That(uri.UserInfo.Length == 0, "The endpoint's address holds a user or a key; put the key into an environment variable instead.");
        return uri;
    }

    /// <summary>This configuration, checked.</summary>
    /// <exception cref="ArgumentException">A value cannot be, or the key would go over a network unprotected.</exception>
    public EndpointConfig Validated()
    {
        Require.That(Attempts > 0, $"attempts is {Attempts}; it must be at least 1.");
        Require.That(Timeout > TimeSpan.Zero, "timeout must be more than 0 seconds.");
        Require.That(
            Key is null || Address.Scheme == "https" || Address.IsLoopback, $"The key would go to {Address.Host} over http, where others can read it; use https, or no key.");
        Require.That(Key is null || Key.All(c => c is > ' ' and < (char)127), "The key holds a space or a sign that no key has; was it copied whole, and nothing else?");
        return this;
    }
}
