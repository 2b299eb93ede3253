using System.Diagnostics;
using KubernetesClient;
using KubernetesClient.Models;
using MeshCA.Telemetry;
using Microsoft.Extensions.Logging;

namespace MeshCA.Authentication.ClusterTokens;

/// <summary>Asks one API server about tokens: bounded in time and in number at once, and not at all for a moment after it could not be reached.</summary>
internal sealed class TokenReviewer(
    IKubernetes api, ClusterTokenSettings settings, TimeProvider clock, ClusterTokenMetrics metrics, ILogger logger) : IDisposable
{
    private const int MaxAtOnce = 64;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _places = new(MaxAtOnce);
    private readonly IReadOnlyList<string> _audiences = [.. settings.Audiences.Order(StringComparer.Ordinal)];
    private long _pausedUntil;
    private long _nextLog;

    /// <summary>Asks about a token.</summary>
    /// <param name="token">The token. Secret.</param>
    /// <param name="cancellationToken">Ends the question.</param>
    public async Task<TokenReview> AskAsync(string token, CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _pausedUntil) is not 0 and var until && clock.GetTimestamp() < until)
        {
            metrics.Reviewed(settings.Id, "paused", TimeSpan.Zero);
            return new TokenReview.Unavailable(IsOutage: true, "the API server could not be reached a moment ago");
        }

        var started = clock.GetTimestamp();
        var review = await AskInTimeAsync(token, cancellationToken);
        metrics.Reviewed(settings.Id, NameOf(review), clock.GetElapsedTime(started));
        return review;
    }

    /// <inheritdoc />
    public void Dispose() => _places.Dispose();

    private async Task<TokenReview> AskInTimeAsync(string token, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(settings.ReviewTimeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            await _places.WaitAsync(either.Token);
            try
            {
                return await CallAsync(token, either.Token);
            }
            finally
            {
                _places.Release();
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Fail(new ApiFailure(ApiFailureKind.TimedOut, $"no answer within {settings.ReviewTimeout}"));
        }
    }

    private async Task<TokenReview> CallAsync(string token, CancellationToken cancellationToken)
    {
        var question = new V1TokenReview { Spec = new V1TokenReviewSpec { Token = token, Audiences = _audiences } };
        switch (await api.CreateAsync(question, cancellationToken))
        {
            case ApiOutcome<V1TokenReview>.Failed(var failure):
                return Fail(failure);
            case ApiOutcome<V1TokenReview>.Done(var answer):
                var detail = answer.Status?.Error is { Length: > 0 } text ? Printable.Of(text) : "";
                return ReviewedUser.TryRead(answer.Status, settings.Audiences, out var user, out var error) ? new TokenReview.Accepted(user)
                    : error == AuthenticationError.ClusterUnreachable ? new TokenReview.Unavailable(IsOutage: false, detail)
                    : new TokenReview.Refused(error, detail);
            default:
                throw new UnreachableException();
        }
    }

    // Whatever is wrong between us and the API server, forbidden included, says nothing about the token.
    private TokenReview.Unavailable Fail(ApiFailure failure)
    {
        if (failure.IsTransient && failure.Kind != ApiFailureKind.ServerFault)
        {
            var pause = failure.RetryAfter is { } asked && asked > Pause ? asked : Pause;
            Volatile.Write(ref _pausedUntil, Later(pause < LongestPause ? pause : LongestPause));
        }

        if (Volatile.Read(ref _nextLog) is var next && (next == 0 || clock.GetTimestamp() >= next)
            && Interlocked.CompareExchange(ref _nextLog, Later(Pause), next) == next)
        {
            Log.TokenReviewFailed(logger, settings.Id, failure.Kind.ToString(), failure.Message);
        }

        return new TokenReview.Unavailable(failure.IsTransient, $"{failure.Kind}: {failure.Message}");
    }

    // Not by the time of day: a clock set back must not make the pause last.
    private long Later(TimeSpan span) => clock.GetTimestamp() + (long)(span.TotalSeconds * clock.TimestampFrequency);

    private static string NameOf(TokenReview review) => review switch
    {
        TokenReview.Accepted => "accepted",
        TokenReview.Refused => "refused",
        TokenReview.Unavailable => "unavailable",
        _ => throw new UnreachableException(),
    };
}

/// <summary>What an API server says of a token.</summary>
internal abstract record TokenReview
{
    private TokenReview()
    {
    }

    /// <summary>It is this user's.</summary>
    internal sealed record Accepted(ReviewedUser User) : TokenReview;

    /// <summary>It is nobody's who could have a certificate.</summary>
    internal sealed record Refused(AuthenticationError Reason, string Detail) : TokenReview;

    /// <summary>Nothing.</summary>
    /// <param name="IsOutage">Whether the server could not be reached, or was too busy; false where it answers but not this question.</param>
    /// <param name="Detail">Why, for people.</param>
    internal sealed record Unavailable(bool IsOutage, string Detail) : TokenReview;
}
