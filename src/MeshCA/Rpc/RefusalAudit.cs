using MeshCA.Auditing;

namespace MeshCA.Rpc;

/// <summary>Puts refusals into the audit, a bounded number a second: strangers must not be able to fill the disk.</summary>
/// <remarks>Strangers and authenticated callers are counted apart, or the noise of the first would hide the second.</remarks>
internal sealed class RefusalAudit(IAuditLog audit, TimeProvider clock) : IDisposable
{
    private readonly RefusalBudget _strangers = new();
    private readonly RefusalBudget _callers = new();

    /// <summary>Records a refusal; those left out since the last one recorded are counted in it.</summary>
    /// <param name="actor">The authenticated identity; empty where there is none.</param>
    /// <param name="detail">The rule, and the peer.</param>
    /// <returns>Whether it was within the bound; then it is worth a line in the log too.</returns>
    public bool Refused(string actor, string detail) => Refused("csr.refused", actor, detail);

    /// <summary>Records that a JWT-SVID was refused, within the same bound.</summary>
    /// <param name="actor">As for <see cref="Refused(string, string)"/>.</param>
    /// <param name="detail">The rule, and the peer.</param>
    /// <returns>Whether it was within the bound.</returns>
    public bool TokenRefused(string actor, string detail) => Refused("jwt-svid.refused", actor, detail);

    /// <summary>Records that a certificate lives shorter than was asked for. Not bounded here: the identity's quota bounds it.</summary>
    public void Clamped(string actor, string detail) => Post("csr.clamped", actor, "ok", detail);

    /// <summary>Records the DNS names that a certificate has beside its SPIFFE ID. Bounded like the last.</summary>
    public void Named(string actor, string detail) => Post("csr.named", actor, "ok", detail);

    /// <inheritdoc />
    public void Dispose()
    {
        _strangers.Dispose();
        _callers.Dispose();
    }

    private bool Refused(string action, string actor, string detail)
    {
        if (!(actor.Length > 0 ? _callers : _strangers).TryTake(out var leftOut))
        {
            return false;
        }

        Post(action, actor, "refused", leftOut > 0 ? $"{detail}; {leftOut} more were left out" : detail);
        return true;
    }

    private void Post(string action, string actor, string outcome, string detail) => audit.Post(new AuditEvent
    {
        Time = clock.GetUtcNow(),
        Action = action,
        Actor = actor.Length > 0 ? actor : "unauthenticated",
        Target = actor,
        Outcome = outcome,
        Detail = detail,
    });
}
