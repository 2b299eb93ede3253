using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

// Types that break one rule each, or keep it where a neighbour breaks it; only the tests of the rules look at them.
namespace Architecture.Tests.Planted;

internal sealed class ParsedWithOpenConstructor
{
    public ParsedWithOpenConstructor(string text) => Text = text;

    public string Text { get; }

    public static bool TryParse(string text, out ParsedWithOpenConstructor? value)
    {
        value = text.Length > 0 ? new ParsedWithOpenConstructor(text) : null;
        return value is not null;
    }
}

internal sealed class ParsedWithInit
{
    private ParsedWithInit() => Text = "";

    public string Text { get; init; }

    public static bool TryParse(string text, out ParsedWithInit? value)
    {
        value = text.Length > 0 ? new ParsedWithInit { Text = text } : null;
        return value is not null;
    }
}

internal sealed class ParsedAndClosed
{
    private ParsedAndClosed(string text) => Text = text;

    public string Text { get; }

    public static bool TryParse(string text, out ParsedAndClosed? value)
    {
        value = text.Length > 0 ? new ParsedAndClosed(text) : null;
        return value is not null;
    }
}

internal sealed record RecordWithKey(string Name, ECDsa Key);

internal sealed record RecordWithPrivateKeyBytes(ReadOnlyMemory<byte> PrivateKey);

internal sealed record RecordWithKeyNames(string KeyId, string TokenId);

internal sealed class ClassWithKey(ECDsa key)
{
    public ECDsa Key { get; } = key;
}

internal sealed class WithoutToken
{
    public static Task SaveAsync(string text) => Task.FromResult(text);
}

internal sealed class WithToken : IAsyncDisposable
{
    public static Task SaveAsync(string text, CancellationToken cancellationToken) =>
        Task.FromResult(text + cancellationToken.IsCancellationRequested);

    public static Task AnswerAsync(HttpContext context) => Task.FromResult(context);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

internal sealed class OrphanOptions
{
    public const string Section = "Orphan";
}

internal sealed class CheckedOptions
{
    public const string Section = "Checked";

    [Range(1, 2)]
    public int Value { get; set; } = 1;
}

[OptionsValidator]
internal sealed partial class CheckedOptionsValidator : IValidateOptions<CheckedOptions>;

internal static partial class LogWithDuplicates
{
    [LoggerMessage(1, LogLevel.Information, "first")]
    public static partial void First(ILogger logger);

    [LoggerMessage(1, LogLevel.Information, "second")]
    public static partial void Second(ILogger logger);
}

internal static partial class LogWithoutDuplicates
{
    [LoggerMessage(2, LogLevel.Warning, "third")]
    public static partial void Third(ILogger logger);
}
