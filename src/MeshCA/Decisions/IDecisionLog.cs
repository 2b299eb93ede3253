using AuthzEngine.Evaluation;
using AuthzEngine.Requests;

namespace MeshCA.Decisions;

/// <summary>Takes note of decisions. It must neither wait nor throw: it stands in the way of every request.</summary>
internal interface IDecisionLog
{
    /// <summary>Takes note of a decision.</summary>
    /// <param name="record">The decision and what it was made from.</param>
    void Record(in DecisionRecord record);
}

/// <summary>A decision and what it was made from. It may be kept: nothing of it is used again for another request.</summary>
/// <param name="Subject">Whom it is about, asked by whom, and the snapshot.</param>
/// <param name="Request">The request, tokens verified. It holds secrets: headers, claims.</param>
/// <param name="Outcome">The decision.</param>
/// <param name="Time">When it was made.</param>
/// <param name="Elapsed">How long it took, from the request's attributes on.</param>
internal readonly record struct DecisionRecord(
    DecisionSubject Subject, RequestAttributes Request, DecisionOutcome.Decided Outcome, DateTimeOffset Time, TimeSpan Elapsed)
{
    /// <summary>Providers whose CUSTOM rules matched; null: none. Where the decision allows, it holds if they allow.</summary>
    public IReadOnlyList<ProviderQuestion>? Asked { get; init; }
}
