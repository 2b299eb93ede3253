using System.Diagnostics.CodeAnalysis;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace SpiffeIdentity.WorkloadApi.Messages;

/// <summary>Claims of <c>google.protobuf.Struct</c> as JSON.</summary>
internal static class ClaimsJson
{
    /// <summary>Writes claims.</summary>
    /// <param name="claims">The claims, untrusted; null for none. The message parser bounds their depth.</param>
    /// <param name="json">A JSON object in UTF-8, or null.</param>
    /// <returns>False where a value is of no kind.</returns>
    public static bool TryWrite(Struct? claims, [NotNullWhen(true)] out byte[]? json)
    {
        try
        {
            json = Encoding.UTF8.GetBytes(JsonFormatter.Default.Format(claims ?? new Struct()));
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            json = null; // ArgumentException: half of a surrogate pair
        }

        return json is not null;
    }
}
