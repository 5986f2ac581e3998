using System.Text;

namespace Mlsae.Endpoints;

/// <summary>How many tokens a question has, about, before it is asked: one for every two bytes, which for lists of tokens and numbers is rather too many than too few.</summary>
public static class TokenEstimate
{
    private const int BytesPerToken = 2;

    // Roles and separators of the two messages.
    private const int Overhead = 12;

    /// <summary>Of a question.</summary>
    public static int Of(ChatQuestion question) => Overhead + (Encoding.UTF8.GetByteCount(question.System) + Encoding.UTF8.GetByteCount(question.User) + BytesPerToken - 1) / BytesPerToken;
}
