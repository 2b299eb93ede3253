using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Grpc.Tests.Hosting;

/// <summary>Keeps what a host logs.</summary>
public sealed class LogCollector : ILoggerProvider
{
    private readonly ConcurrentQueue<(LogLevel Level, int Event, string Text)> _entries = [];

    /// <summary>All of it. What the framework logs has no event here: its routing uses the same numbers as the gRPC layer.</summary>
    public IReadOnlyList<(LogLevel Level, int Event, string Text)> Entries => [.. _entries];

    public ILogger CreateLogger(string categoryName) =>
        new Category(_entries, isFrameworks: categoryName.StartsWith("Microsoft.", StringComparison.Ordinal));

    public void Dispose()
    {
    }

    private sealed class Category(ConcurrentQueue<(LogLevel Level, int Event, string Text)> entries, bool isFrameworks) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            entries.Enqueue((logLevel, isFrameworks ? 0 : eventId.Id, formatter(state, exception)));
    }
}
