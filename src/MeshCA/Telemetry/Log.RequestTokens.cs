using AuthzEngine.Tokens;
using Microsoft.Extensions.Logging;

namespace MeshCA.Telemetry;

/// <summary>Messages about tokens of requests and the keys of RequestAuthentications: event ids 8100 to 8149. Never a token or claims.</summary>
internal static partial class Log
{
    [LoggerMessage(8100, LogLevel.Debug, "request token refused: {Fault} ({Location})")]
    public static partial void RequestTokenRefused(ILogger logger, TokenFault fault, TokenLocation? location);

    [LoggerMessage(8101, LogLevel.Information, "token keys of {Address} changed: {Keys} usable, {Ignored} ignored")]
    public static partial void RuleKeysChanged(ILogger logger, string address, int keys, int ignored);

    [LoggerMessage(8102, LogLevel.Warning, "token keys of {Address} cannot be fetched: {Error} ({Detail}); next try in {Delay}")]
    public static partial void RuleKeysNotRead(ILogger logger, string address, string error, string detail, TimeSpan delay);

    [LoggerMessage(8103, LogLevel.Error, "fetching the token keys of {Address} failed unexpectedly")]
    public static partial void RuleKeysFault(ILogger logger, Exception exception, string address);

    [LoggerMessage(8104, LogLevel.Warning, "token keys cannot be fetched from {Address}: no URL of http or https; tokens that need them are refused")]
    public static partial void RuleKeysNowhere(ILogger logger, string address);

    [LoggerMessage(8105, LogLevel.Warning, "the keys that a rule of issuer {Issuer} holds are of no use: {Error}; its tokens are refused")]
    public static partial void RuleKeysUnusable(ILogger logger, string issuer, string error);
}
