using System.IO;
using System.Net.Http;
using System.Security.Cryptography;
using KubernetesClient.Json;

namespace KubernetesClient.Http;

/// <summary>One watch, until the server ends it.</summary>
/// <typeparam name="T">What is watched.</typeparam>
internal sealed class WatchCall<T>(
    ApiConnection connection, TimeProvider clock, TimeSpan timeout, string? path, ListQuery query, string version) : IDisposable
    where T : class, IKubernetesResource<T>
{
    private readonly int _seconds = query.WatchFor is { } asked
        ? Math.Max(1, (int)asked.TotalSeconds)
        : RandomNumberGenerator.GetInt32((int)ApiLimits.WatchTimeout.TotalSeconds, (2 * (int)ApiLimits.WatchTimeout.TotalSeconds) + 1);

    private CancellationTokenSource? _watchdog;
    private HttpResponseMessage? _answer;
    private Stream? _stream;
    private LineReader? _lines;

    /// <summary>Waits for the next event.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The event; a failure is the last; null where the server ended the watch.</returns>
    public async ValueTask<WatchEvent<T>?> NextAsync(CancellationToken cancellationToken)
    {
        if (path is null)
        {
            return Fail(ApiFailures.Rejected("no object of this kind can be in such a namespace"));
        }

        _watchdog ??= new CancellationTokenSource(TimeSpan.FromSeconds(_seconds) + ApiLimits.WatchGrace, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _watchdog.Token);
        try
        {
            if (_lines is null && await OpenAsync(either.Token) is { } refusal)
            {
                return Fail(refusal);
            }

            while (await _lines!.ReadAsync(either.Token) is { } line)
            {
                if (line.Span.IndexOfAnyExcept((byte)' ', (byte)'\r') >= 0)
                {
                    return Read(line.Span);
                }
            }

            return _lines.IsTooLong ? Fail(ApiFailures.BadAnswer($"an event of more than {ApiLimits.WatchLineBytes} bytes")) : null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Fail(ApiFailures.TimedOut(_lines is null ? timeout : TimeSpan.FromSeconds(_seconds) + ApiLimits.WatchGrace));
        }
        catch (Exception e) when (ApiFailures.OfException(e) is { } failure)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return Fail(failure);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _stream?.Dispose();
        _answer?.Dispose();
        _watchdog?.Dispose();
    }

    private async Task<ApiFailure?> OpenAsync(CancellationToken cancellationToken)
    {
        var parameters = ResourcePath.Query(
            query,
            ("watch", "true"),
            ("allowWatchBookmarks", "true"),
            ("resourceVersion", version),
            ("timeoutSeconds", ResourcePath.Text(_seconds)));
        using var deadline = new CancellationTokenSource(timeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        _answer = await connection.SendAsync(new ApiRequest(HttpMethod.Get, path + parameters), either.Token);
        if (!_answer.IsSuccessStatusCode)
        {
            return await ApiFailures.ReadAsync(_answer, clock, either.Token);
        }

        _stream = await _answer.Content.ReadAsStreamAsync(either.Token);
        _lines = new LineReader(_stream, ApiLimits.WatchLineBytes);
        return null;
    }

    private static WatchEvent<T> Read(ReadOnlySpan<byte> line)
    {
        if (ObjectReader.SplitEvent(line, out var type, out var start, out var length) is { } broken)
        {
            return Fail(ApiFailures.BadAnswer(broken));
        }

        var json = line.Slice(start, length);
        switch (type)
        {
            case "ADDED" or "MODIFIED" or "DELETED":
                return !ObjectReader.TryRead<T>(json, out var item, out var fault) ? Fail(ApiFailures.BadAnswer(fault))
                    : item.Metadata is not { Name.Length: > 0, ResourceVersion.Length: > 0 } ? Fail(ApiFailures.BadAnswer("an event without a name or version"))
                    : type == "ADDED" ? new WatchEvent<T>.Added(item)
                    : type == "MODIFIED" ? new WatchEvent<T>.Modified(item)
                    : new WatchEvent<T>.Deleted(item);
            case "BOOKMARK":
                return ObjectReader.Version(json) is { Length: > 0 } reached
                    ? new WatchEvent<T>.Bookmark(reached)
                    : Fail(ApiFailures.BadAnswer("a bookmark without a version"));
            case "ERROR":
                return Fail(ApiFailures.OfEvent(json));
            default:
                return Fail(ApiFailures.BadAnswer("an event of an unknown type"));
        }
    }

    private static WatchEvent<T>.Failed Fail(ApiFailure failure) => new(failure);
}
