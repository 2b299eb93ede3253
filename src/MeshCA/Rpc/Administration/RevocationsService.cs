using System.Diagnostics;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using MeshCA.Administration;
using MeshCA.Authorities;
using MeshCA.Consumers;
using MeshCA.Cryptography;
using MeshCA.Issuance;
using MeshCA.Registration;
using MeshCA.Revocations;
using MeshCA.Revocations.Lists;
using MeshCA.Telemetry;
using MeshCA.Wire.Admin;
using SpiffeIdentity;

namespace MeshCA.Rpc.Administration;

/// <summary>Bans and revocations, for administrators: translates between the wire and <see cref="RevocationCommands"/>.</summary>
internal sealed class RevocationsService(
    RevocationCommands commands,
    IRevocations revocations,
    ListPublisher publisher,
    ConsumerRegistry consumers,
    ConsumerKeeper keeper,
    RevocationMetrics metrics,
    TimeProvider clock) : Wire.Admin.Revocations.RevocationsBase
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    /// <inheritdoc />
    public override Task<ChangeResponse> AddBan(AddBanRequest request, ServerCallContext context)
    {
        if (!SpiffeId.TryParse(request.SpiffeId, out var id, out var error))
        {
            throw Malformed($"`{Shortened(request.SpiffeId)}` is no SPIFFE ID: {error}");
        }

        if (id.IsTrustDomainId && !request.Prefix)
        {
            throw Malformed($"`{id}` is the ID of a trust domain, which no workload has: ban it as a prefix");
        }

        var kind = request.Prefix ? RevocationKind.Prefix : RevocationKind.Identity;
        var order = new RevocationOrder(kind, id.ToString(), request.Reason, CallerOf(kind, id.ToString(), context).Actor)
        {
            ExpiresAt = RevocationMessages.Time(request.ExpiresAt, Malformed),
        };
        return AnswerAsync(request.Wait, context, () => commands.BanAsync(order, context.CancellationToken));
    }

    /// <inheritdoc />
    public override Task<ListBansResponse> ListBans(ListBansRequest request, ServerCallContext context)
    {
        var (current, now, caller) = (revocations.Current, clock.GetUtcNow(), context.GetAdminCaller());
        var response = new ListBansResponse { Revision = current.Revision };
        response.Bans.AddRange(current.Entries
            .Where(entry => entry.IsBan && entry.IsInForce(now) && Covers(caller, entry.Kind, entry.Subject))
            .Select(RevocationMessages.Of));
        return Task.FromResult(response);
    }

    /// <inheritdoc />
    public override Task<ChangeResponse> RemoveBan(RemoveBanRequest request, ServerCallContext context)
    {
        // A ban's number is never given twice, so what is judged here is what is removed.
        var caller = revocations.Current.Entries.FirstOrDefault(entry => entry.IsBan && entry.Number == request.Number) is { } ban
            ? CallerOf(ban.Kind, ban.Subject, context)
            : context.GetAdminCaller();
        return AnswerAsync(
            request.Wait,
            context,
            () => commands.RemoveAsync(request.Number, isBan: true, caller.Actor, request.Reason, context.CancellationToken));
    }

    /// <inheritdoc />
    public override Task<ChangeResponse> RevokeCertificate(RevokeCertificateRequest request, ServerCallContext context)
    {
        if (!System.Enum.IsDefined(request.Code))
        {
            throw Malformed("the code is none of RFC 5280 §5.3.1 that applies here");
        }

        return AnswerAsync(request.Wait, context, () => request.SubjectCase switch
        {
            RevokeCertificateRequest.SubjectOneofCase.Serial => RevokeSerialAsync(request, context),
            RevokeCertificateRequest.SubjectOneofCase.Key => RevokeKeyAsync(request, context),
            RevokeCertificateRequest.SubjectOneofCase.Authority => commands.RevokeAuthorityAsync(
                Hexadecimal(request.Authority), request.Force, Order(RevocationKind.Authority, Hexadecimal(request.Authority), request, context), context.CancellationToken),
            _ => throw Malformed("nothing is named to be revoked"),
        });
    }

    /// <inheritdoc />
    public override Task<ListRevocationsResponse> ListRevocations(ListRevocationsRequest request, ServerCallContext context)
    {
        var (current, catalog) = (revocations.Current, publisher.Catalog);
        var response = new ListRevocationsResponse { Revision = current.Revision };
        response.Revocations.AddRange(current.Entries.Where(entry => !entry.IsBan).Select(RevocationMessages.Of));
        response.Lists.AddRange(catalog.Lists.Select(RevocationMessages.Of));
        response.Faults.AddRange(catalog.Faults.Select(fault => new Wire.Admin.ListFault { Authority = fault.Authority, Detail = fault.Detail }));
        return Task.FromResult(response);
    }

    /// <inheritdoc />
    public override Task<ChangeResponse> RemoveRevocation(RemoveRevocationRequest request, ServerCallContext context) =>
        AnswerAsync(
            request.Wait,
            context,
            () => commands.RemoveAsync(request.Number, isBan: false, context.GetAdminCaller().Actor, request.Reason, context.CancellationToken));

    private Task<RevocationAnswer> RevokeSerialAsync(RevokeCertificateRequest request, ServerCallContext context) =>
        SerialNumber.TryParse(request.Serial, out var serial)
            ? commands.RevokeCertificateAsync(
                serial,
                Order(RevocationKind.Certificate, serial.ToString(), request, context) with { Issuer = Hexadecimal(request.Issuer) },
                context.CancellationToken)
            : throw Malformed($"`{Shortened(request.Serial)}` is no serial number in hexadecimal");

    private Task<RevocationAnswer> RevokeKeyAsync(RevokeCertificateRequest request, ServerCallContext context)
    {
        var hash = Hexadecimal(request.Key);
        return hash.Length == 2 * Fingerprint.Size
            ? commands.RevokeKeyAsync(
                Fingerprint.FromHash(Convert.FromHexString(hash)), Order(RevocationKind.Key, hash, request, context), context.CancellationToken)
            : throw Malformed("a key is named by the SHA-256 of its SubjectPublicKeyInfo, 64 hexadecimal digits");
    }

    private static RevocationOrder Order(RevocationKind kind, string subject, RevokeCertificateRequest request, ServerCallContext context) =>
        new(kind, subject, request.Reason, context.GetAdminCaller().Actor) { Code = (RevocationCode)request.Code };

    private async Task<ChangeResponse> AnswerAsync(Duration? wait, ServerCallContext context, Func<Task<RevocationAnswer>> order)
    {
        var longest = RevocationMessages.Length(wait, LongestWait, Malformed);
        var started = clock.GetTimestamp();
        try
        {
            return await order() switch
            {
                RevocationAnswer.Done(var revocation, var effect) when longest is { } patience =>
                    await ReachAsync(RevocationMessages.Of(revocation, effect), started, patience, context),
                RevocationAnswer.Done(var revocation, var effect) => RevocationMessages.Of(revocation, effect),
                RevocationAnswer.Refused(var reason, var detail) => throw new RpcException(new(RevocationMessages.StatusOf(reason), detail)),
                _ => throw new UnreachableException(),
            };
        }
        catch (JournalUnavailableException)
        {
            throw new RpcException(new(StatusCode.Unavailable, "the store does not take revocations at the moment"));
        }
        catch (KeySealException)
        {
            throw new RpcException(new(StatusCode.DataLoss, "the revocations or authorities in the store were changed by something else"));
        }
    }

    // The change stands, whatever becomes of the wait.
    private async Task<ChangeResponse> ReachAsync(ChangeResponse answer, long started, TimeSpan patience, ServerCallContext context)
    {
        await LoadConsumersAsync(context.CancellationToken);
        var current = revocations.Current;

        // Who is banned by something else than this order may be anybody, and holds up none of the others.
        using var reach = consumers.Await(
            answer.Revision, id => current.FindBan(id, clock.GetUtcNow()) is { } ban && ban.Number != answer.Entry.Number);
        try
        {
            var left = RevocationMessages.PatienceFor(patience, context.Deadline, clock.GetUtcNow());
            await reach.Settled.WaitAsync(left, clock, context.CancellationToken);
        }
        catch (TimeoutException)
        {
            // The answer names those that are late.
        }

        var caller = context.GetAdminCaller();
        var result = reach.Read(consumers.Live(), id => current.FindBan(id, clock.GetUtcNow()) is not null, started, clock);
        if (result is { Late: 0, LastAfter: { } last })
        {
            metrics.Reached(last);
        }

        answer.Reach = RevocationMessages.Of(
            result, identity => !caller.IsScoped || (SpiffeId.TryParse(identity, out var id, out _) && caller.Covers(id)));
        return answer;
    }

    private async ValueTask LoadConsumersAsync(CancellationToken cancellationToken)
    {
        try
        {
            await keeper.LoadAsync(cancellationToken);
        }
        catch (JournalUnavailableException)
        {
            // Those that have called since the start are known all the same.
        }
    }

    private static string Hexadecimal(string text)
    {
        var digits = text.Replace(":", "", StringComparison.Ordinal).ToLowerInvariant();
        return digits.Length <= 2 * Fingerprint.Size && digits.Length % 2 == 0 && digits.All(char.IsAsciiHexDigit)
            ? digits
            : throw Malformed($"`{Shortened(text)}` is not hexadecimal");
    }

    private static AdminCaller CallerOf(RevocationKind kind, string subject, ServerCallContext context)
    {
        var caller = context.GetAdminCaller();
        return Covers(caller, kind, subject) ? caller : throw new RpcException(GrpcStatus.Of(AdminRefusal.OutOfScope, subject));
    }

    // Who may affect a part of what a prefix bans may not ban the whole.
    private static bool Covers(AdminCaller caller, RevocationKind kind, string subject) =>
        kind == RevocationKind.Prefix && SpiffeIdPrefix.TryParse(subject, out var prefix, out _) ? caller.Covers(prefix)
        : SpiffeId.TryParse(subject, out var id, out _) && caller.Covers(id);

    private static RpcException Malformed(string detail) => new(new(StatusCode.InvalidArgument, detail));

    private static string Shortened(string text)
    {
        const int longest = 128;
        return text.Length <= longest ? text : text[..longest];
    }
}
