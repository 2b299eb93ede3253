using Grpc.Core;
using MeshCA.Admin;
using MeshCA.Administration;
using MeshCA.Authentication;
using MeshCA.Csr;
using MeshCA.Decisions;
using MeshCA.Issuance;
using MeshCA.Rpc;
using MeshCA.Rpc.Bundles;
using Xunit;

namespace Architecture.Tests;

public sealed class ErrorsDocumentationTests
{
    private const string Page = "docs/errors.md";

    // istio-ca §6.3: what an agent's interceptor asks again for, within 1.5 s.
    private static readonly StatusCode[] Retried =
        [StatusCode.ResourceExhausted, StatusCode.Aborted, StatusCode.Internal, StatusCode.Unavailable];

    [Fact]
    public void Every_status_that_refuses_a_request_is_listed_as_the_code_has_it()
    {
        (string Name, Status Status)[] others =
        [
            ("any AuthenticationError but the next rows'", GrpcStatus.Unauthenticated),
            ("KeysNotLoaded, KeysTooOld, KeyAwaited, JournalUnavailable, ClusterUnreachable, ClusterNotRead, ClusterTooOld of authentication",
                GrpcStatus.AuthenticationUnavailable),
            ("any AuthenticationError where a node proxy asks for another's identity", GrpcStatus.ImpersonationDenied),
            (nameof(GrpcStatus.Overloaded), GrpcStatus.Overloaded),
            (nameof(GrpcStatus.TooManyStreams), GrpcStatus.TooManyStreams),
            (nameof(GrpcStatus.QuotaExceeded), GrpcStatus.QuotaExceeded),
            (nameof(GrpcStatus.LifetimeOverflow), GrpcStatus.LifetimeOverflow),
            ("ImpersonationDisabled", GrpcStatus.ImpersonationRefused),
        ];
        var rejections = Enum.GetValues<RejectionReason>().Select(reason => (reason.ToString(), GrpcStatus.Of(reason)));

        new DocumentedTable(Page, "## Statuses").Matches([.. others.Concat(rejections).Select(row => Row(row.Item1, row.Item2))]);
    }

    [Fact]
    public void Every_question_that_nobody_can_decide_is_listed_with_its_status() => new DocumentedTable(Page, "## Decisions").Matches(
        [.. Enum.GetValues<DecisionRefusal>().Select(reason => (Reason: reason, Status: GrpcStatus.Of(reason, "NAME")))
            .Select(row => $"| `{row.Reason}` | {RpcFailures.Name(row.Status.StatusCode)} | {row.Status.Detail} |")]);

    [Fact]
    public void Every_end_of_a_stream_of_the_trust_bundle_is_listed_with_its_status() => new DocumentedTable(Page, "## Streams of the trust bundle").Matches(
        [.. Enum.GetValues<WatchRefusal>().Select(refusal => (Refusal: refusal, Status: GrpcStatus.Of(refusal)))
            .Select(row => $"| `{row.Refusal}` | {RpcFailures.Name(row.Status.StatusCode)} | {row.Status.Detail} |")]);

    [Fact]
    public void Every_refusal_of_administrators_is_listed_with_its_status() => new DocumentedTable(Page, "## Administration").Matches(
        [.. Enum.GetValues<AdminRefusal>().Select(reason => (Reason: reason, Status: GrpcStatus.Of(reason, "NAME")))
            .Select(row => $"| `{row.Reason}` | {RpcFailures.Name(row.Status.StatusCode)} | {row.Status.Detail} |")]);

    [Fact]
    public void Every_rule_of_requests_is_listed_with_its_message() => new DocumentedTable(Page, "## Rules of the CSR").Matches(
        [.. Enum.GetValues<CsrError>().Where(error => error != CsrError.None).Select(error => $"| `{error}` | {GrpcStatus.Of(error).Detail} |")]);

    [Fact]
    public void Every_reason_of_authentication_is_listed() => new DocumentedTable(Page, "## Reasons of authentication").MatchesBeginnings(
        [.. Enum.GetValues<AuthenticationError>().Where(error => error != AuthenticationError.None).Select(error => $"| `{error}` |")]);

    [Fact]
    public void Every_rule_of_requests_has_the_same_status() => Assert.All(
        Enum.GetValues<CsrError>().Where(error => error != CsrError.None),
        error => Assert.Equal(StatusCode.InvalidArgument, GrpcStatus.Of(error).StatusCode));

    private static string Row(string reason, Status status) =>
        $"| `{reason}` | {RpcFailures.Name(status.StatusCode)} | {status.Detail} | {(Retried.Contains(status.StatusCode) ? "yes" : "no")} |";
}
