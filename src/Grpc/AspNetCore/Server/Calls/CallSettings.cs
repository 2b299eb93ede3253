using Microsoft.Extensions.Logging;

namespace Grpc.AspNetCore.Server.Calls;

/// <summary>What all calls of a service share.</summary>
/// <param name="MaxReceive">Longest request, in bytes; null for no limit.</param>
/// <param name="MaxSend">Longest response, in bytes; null for no limit.</param>
/// <param name="DetailedErrors">Whether callers see the text of unhandled exceptions.</param>
/// <param name="Clock">The clock of deadlines.</param>
/// <param name="Logger">The log of the service.</param>
internal sealed record CallSettings(
    int? MaxReceive, int? MaxSend, bool DetailedErrors, TimeProvider Clock, ILogger Logger);
