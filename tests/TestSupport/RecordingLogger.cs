using Microsoft.Extensions.Logging;

namespace TestSupport;

/// <summary>Keeps what is logged, for tests that assert on it.</summary>
public sealed class RecordingLogger : ILoggerFactory, ILogger
{
    private readonly Lock _lock = new();
    private readonly List<LogEntry> _entries = [];

    public IReadOnlyList<LogEntry> Entries
    {
        get
        {
            lock (_lock)
            {
                return [.. _entries];
            }
        }
    }

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        ArgumentNullException.ThrowIfNull(formatter);
        var values = state is IEnumerable<KeyValuePair<string, object?>> pairs
            ? pairs.ToDictionary(pair => pair.Key, pair => pair.Value?.ToString())
            : [];
        lock (_lock)
        {
            _entries.Add(new LogEntry(eventId.Id, logLevel, formatter(state, exception), values));
        }
    }

    public void Dispose()
    {
    }
}

/// <summary>One line of a log.</summary>
public sealed record LogEntry(int EventId, LogLevel Level, string Message, IReadOnlyDictionary<string, string?> Values);
