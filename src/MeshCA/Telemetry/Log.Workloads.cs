using MeshCA.Agent.Sockets;
using Microsoft.Extensions.Logging;

namespace MeshCA.Telemetry;

/// <summary>9450-9489, 9540-9559: what the agent serves to workloads, and to whom.</summary>
internal static partial class Log
{
    [LoggerMessage(9450, LogLevel.Information, "registration: {Path} is in force: {Entries} entries, SHA-256 {Hash}")]
    public static partial void RegistrationInForce(ILogger logger, string path, int entries, string hash);

    [LoggerMessage(9451, LogLevel.Error, "registration: {Path} is wrong, the last good one stays in force; {Count} faults: {Faults}")]
    public static partial void RegistrationRefused(ILogger logger, string path, string faults, int count);

    [LoggerMessage(9452, LogLevel.Error, "registration: the file was not looked at; it is tried again")]
    public static partial void RegistrationFault(ILogger logger, Exception exception);

    [LoggerMessage(9453, LogLevel.Information, "workload: no entry admits the process {ProcessId} of user {UserId}, group {GroupId}; `meshca agent explain` says why")]
    public static partial void WorkloadHasNoIdentity(ILogger logger, int processId, uint userId, uint groupId);

    [LoggerMessage(9454, LogLevel.Warning, "secrets: the process {ProcessId} ({Node}) did not take `{Name}` of version {Version}: {Reason}")]
    public static partial void SecretNotAccepted(ILogger logger, int processId, string node, string name, string version, string reason);

    [LoggerMessage(9455, LogLevel.Information, "secrets: the process {ProcessId} ({Node}) is refused: {Reason}")]
    public static partial void SecretStreamRefused(ILogger logger, int processId, string node, string reason);

    [LoggerMessage(9456, LogLevel.Information, "secrets: the process {ProcessId} ({Node}) waits for `{Name}`, which is not there yet")]
    public static partial void SecretAwaited(ILogger logger, int processId, string node, string name);

    [LoggerMessage(9457, LogLevel.Warning, "workload: the process {ProcessId} of user {UserId} is refused a stream: {Bound} has as many open as it may")]
    public static partial void TooManyWorkloadStreams(ILogger logger, int processId, uint userId, QuotaBound bound);

    [LoggerMessage(9458, LogLevel.Warning, "workload: a connection without credentials of its peer is refused")]
    public static partial void WorkloadPeerUnknown(ILogger logger);

    [LoggerMessage(9459, LogLevel.Error, "workload: what waits for new identities is told again in a second")]
    public static partial void WorkloadFeedFault(ILogger logger, Exception exception);

    [LoggerMessage(9460, LogLevel.Warning, "workload: the directory of {Path} has mode {Mode}: who can write to it can put another socket in the place of this one")]
    public static partial void WorkloadDirectoryShared(ILogger logger, string path, string mode);

    [LoggerMessage(9461, LogLevel.Warning, "workload: the process {ProcessId} of user {UserId} is refused a connection: {Bound} has as many open as it may")]
    public static partial void TooManyWorkloadConnections(ILogger logger, int processId, uint userId, QuotaBound bound);

    [LoggerMessage(9470, LogLevel.Warning, "trust bundle: sequence {Sequence} is not acknowledged after {Held}, a rotation waits: {Count} lack it: {Names}")]
    public static partial void AcknowledgementHeld(ILogger logger, ulong sequence, TimeSpan held, int count, string names);

    [LoggerMessage(9471, LogLevel.Warning, "trust bundle: a stream is ended, and its process not waited for again before it answers: {Workload} within {Patience}")]
    public static partial void WorkloadGivenUp(ILogger logger, string workload, TimeSpan patience);

    [LoggerMessage(9472, LogLevel.Information, "trust bundle: sequence {Sequence} is in use everywhere, and acknowledged after {Held}")]
    public static partial void AcknowledgementReleased(ILogger logger, ulong sequence, TimeSpan held);

    [LoggerMessage(9473, LogLevel.Error, "trust bundle: what the workloads have in use is looked at again in a second")]
    public static partial void UptakeFault(ILogger logger, Exception exception);

    [LoggerMessage(9474, LogLevel.Warning, "trust bundle: the acknowledgement of sequence {Sequence} is taken back: {Names}; in use everywhere is {InUse}")]
    public static partial void AcknowledgementTakenBack(ILogger logger, ulong sequence, string names, ulong inUse);

    [LoggerMessage(9480, LogLevel.Warning, "workload: the bundles of {Count} federated trust domains do not fit into a message to workloads and are left out, so nobody of them is verified: {Names}")]
    public static partial void FederatedBundlesLeftOut(ILogger logger, int count, string names);

    [LoggerMessage(9540, LogLevel.Warning, "workload: {LeftOut} of {Count} identities of user {UserId}, group {GroupId} do not fit into a message of the Workload API and are left out, the last ones of the registration: {Names}")]
    public static partial void IdentitiesLeftOut(ILogger logger, int leftOut, int count, uint userId, uint groupId, string names);

    [LoggerMessage(9541, LogLevel.Warning, "registration: {Path} gives {Caller} {Entries} identities, and a message of the Workload API takes about {Usual}: the last ones may be left out")]
    public static partial void RegistrationTooFull(ILogger logger, string path, string caller, int entries, int usual);

    [LoggerMessage(9542, LogLevel.Warning, "workload: {LeftOut} of {Count} tokens for user {UserId}, group {GroupId} do not fit into a message of the Workload API and are left out: ask for one identity by its SPIFFE ID")]
    public static partial void TokensLeftOut(ILogger logger, int leftOut, int count, uint userId, uint groupId);

    [LoggerMessage(9543, LogLevel.Warning, "workload: beside the {Count} identities of user {UserId}, group {GroupId} there is no room for the bundles of {LeftOut} other trust domains, so it verifies nobody of them by its X509-SVIDs' message")]
    public static partial void BundlesLeftOutOfCaller(ILogger logger, int count, uint userId, uint groupId, int leftOut);
}
