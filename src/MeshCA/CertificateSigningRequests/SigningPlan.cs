using MeshCA.Issuance;

namespace MeshCA.CertificateSigningRequests;

/// <summary>What is to be done about a request.</summary>
internal abstract record SigningPlan
{
    private SigningPlan()
    {
    }

    /// <summary>Nothing: it is not for us, settled, or waits for its approval.</summary>
    internal sealed record Leave : SigningPlan;

    /// <summary>To sign it, where the issuance policy allows.</summary>
    /// <param name="Leaf">What to issue.</param>
    internal sealed record Sign(SvidRequest Leaf) : SigningPlan;

    /// <summary>To approve it, where the issuance policy would allow the leaf.</summary>
    /// <param name="Leaf">What would be issued then.</param>
    internal sealed record Approve(SvidRequest Leaf) : SigningPlan;

    /// <summary>To say that it fails.</summary>
    /// <param name="Refusal">Why.</param>
    /// <param name="Message">More about it, for the requester; no secrets.</param>
    internal sealed record Fail(SigningRefusal Refusal, string Message) : SigningPlan;
}
