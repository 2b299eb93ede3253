using Microsoft.Extensions.Logging;

namespace Grpc.AspNetCore.Server.Calls;

/// <summary>What all calls of a service share.</summary>
/// <param name="MaxReceive">Longest message of a request, in bytes; null for no limit.</param>
/// <param name="MaxSend">Longest message of a response, in bytes; null for no limit.</param>
/// <param name="DetailedErrors">Whether callers see the text of unhandled exceptions.</param>
/// <param name="Clock">The clock of deadlines.</param>
/// <param name="Logger">The log of the service.</param>
/// <param name="Stopping">Cancelled when the server stops, which ends streaming calls.</param>
internal sealed record CallSettings(
    int? MaxReceive, int? MaxSend, bool DetailedErrors, TimeProvider Clock, ILogger Logger, CancellationToken Stopping);
