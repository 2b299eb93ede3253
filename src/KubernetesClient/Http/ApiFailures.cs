using System.Globalization;
using System.IO;
using System.Net;
using System.Net.Http;
using System.Text;
using System.Text.Json;
using KubernetesClient.Json;

namespace KubernetesClient.Http;

/// <summary>Makes failures of what went wrong.</summary>
internal static class ApiFailures
{
    /// <summary>Of an answer.</summary>
    /// <param name="answer">The answer, its body not yet read.</param>
    /// <param name="clock">The time.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<ApiFailure> ReadAsync(HttpResponseMessage answer, TimeProvider clock, CancellationToken cancellationToken)
    {
        var wait = answer.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - clock.GetUtcNow(),
            _ => (TimeSpan?)null,
        };
        await using var stream = await answer.Content.ReadAsStreamAsync(cancellationToken);
        var body = await BoundedReader.ReadAsync(stream, null, ApiLimits.ErrorBytes, cancellationToken);
        return OfAnswer((int)answer.StatusCode, body ?? ArraySegment<byte>.Empty, wait);
    }

    /// <summary>Of an answer's status and body.</summary>
    /// <param name="status">The HTTP status.</param>
    /// <param name="body">The body, untrusted; may be cut off.</param>
    /// <param name="retryAfter">What the header asks for.</param>
    public static ApiFailure OfAnswer(int status, ReadOnlySpan<byte> body, TimeSpan? retryAfter)
    {
        var said = Read(body);
        var wait = Bounded(retryAfter ?? (said?.Details?.RetryAfterSeconds is > 0 and var seconds ? TimeSpan.FromSeconds(seconds) : null));
        var kind = KindOf(status, said?.Reason, wait is not null);
        var text = said?.Message is { Length: > 0 } message ? message : Encoding.UTF8.GetString(body);
        return new(kind, Printable($"{status} {said?.Reason} {text}")) { Status = status, RetryAfter = wait };
    }

    /// <summary>Of the object of an <c>ERROR</c> event.</summary>
    /// <param name="body">The object, untrusted.</param>
    public static ApiFailure OfEvent(ReadOnlySpan<byte> body) =>
        Read(body) is { Code: > 0 and var code } ? OfAnswer(code, body, null) : BadAnswer("an error without a code");

    /// <summary>Of an exception while calling; null for one that is no failure of the call.</summary>
    /// <param name="exception">The exception.</param>
    public static ApiFailure? OfException(Exception exception) => exception switch
    {
        HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded } => BadAnswer(Reason(exception)),
        HttpRequestException or IOException or ObjectDisposedException => new(ApiFailureKind.Unreachable, Reason(exception)),
        _ => null,
    };

    /// <summary>No answer within the time for it.</summary>
    /// <param name="timeout">The time.</param>
    public static ApiFailure TimedOut(TimeSpan timeout) =>
        new(ApiFailureKind.TimedOut, string.Create(CultureInfo.InvariantCulture, $"no answer within {timeout.TotalSeconds:0.#} s"));

    /// <summary>An answer that breaks the API's promises.</summary>
    /// <param name="what">What is wrong with it.</param>
    public static ApiFailure BadAnswer(string what) => new(ApiFailureKind.BadAnswer, what);

    /// <summary>A question that cannot be asked.</summary>
    /// <param name="what">What is wrong with it.</param>
    public static ApiFailure Rejected(string what) => new(ApiFailureKind.Rejected, what);

    private static ApiFailureKind KindOf(int status, string? reason, bool saysHowLong) => (HttpStatusCode)status switch
    {
        HttpStatusCode.Unauthorized => ApiFailureKind.Unauthenticated,
        HttpStatusCode.Forbidden => ApiFailureKind.Forbidden,
        HttpStatusCode.NotFound => ApiFailureKind.NotFound,
        HttpStatusCode.Conflict => reason == "AlreadyExists" ? ApiFailureKind.AlreadyExists : ApiFailureKind.Conflict,
        HttpStatusCode.Gone => ApiFailureKind.Expired,
        HttpStatusCode.TooManyRequests => ApiFailureKind.Overloaded,
        HttpStatusCode.ServiceUnavailable when saysHowLong => ApiFailureKind.Overloaded,
        >= HttpStatusCode.InternalServerError => ApiFailureKind.ServerFault,
        >= HttpStatusCode.BadRequest => ApiFailureKind.Rejected,
        _ => ApiFailureKind.BadAnswer,
    };

    private static ApiStatus? Read(ReadOnlySpan<byte> body)
    {
        try
        {
            return JsonSerializer.Deserialize(body, ApiJson.Default.ApiStatus) is { Kind: "Status" } status ? status : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static TimeSpan? Bounded(TimeSpan? wait) => wait switch
    {
        null => null,
        { } time when time < TimeSpan.Zero => TimeSpan.Zero,
        { } time when time > ApiLimits.RetryAfter => ApiLimits.RetryAfter,
        _ => wait,
    };

    // The outermost message of these says no more than that there is an inner one.
    private static string Reason(Exception exception)
    {
        var innermost = exception;
        while (innermost.InnerException is { } inner)
        {
            innermost = inner;
        }

        return Printable(ReferenceEquals(innermost, exception) ? exception.Message : $"{exception.Message} {innermost.Message}");
    }

    private static string Printable(string text)
    {
        var kept = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (kept.Length >= ApiLimits.MessageLength)
            {
                return kept.Append('…').ToString();
            }

            if (!Rune.IsControl(rune) && Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator))
            {
                kept.Append(rune);
            }
            else if (kept.Length > 0 && kept[^1] != ' ')
            {
                kept.Append(' ');
            }
        }

        return kept.ToString().TrimEnd();
    }
}
