using AuthzEngine.Diagnostics;
using AuthzEngine.Policies;
using MeshCA.Policies;

namespace MeshCA.PolicySources;

/// <summary>What an administrator wants changed.</summary>
/// <param name="Actor">Who, as the audit names them.</param>
/// <param name="ExpectedRevision">The revision that it was planned on; null: whichever it is.</param>
internal abstract record PolicyChange(string Actor, long? ExpectedRevision)
{
    /// <summary>Adds resources, or puts them in the place of those of the same name.</summary>
    /// <param name="Actor"><inheritdoc cref="PolicyChange"/></param>
    /// <param name="ExpectedRevision"><inheritdoc cref="PolicyChange"/></param>
    /// <param name="Texts">The resources, with what findings call their text; untrusted.</param>
    internal sealed record Apply(string Actor, long? ExpectedRevision, IReadOnlyList<(string Name, SourceText Text)> Texts)
        : PolicyChange(Actor, ExpectedRevision);

    /// <summary>Removes resources that were applied.</summary>
    /// <param name="Actor"><inheritdoc cref="PolicyChange"/></param>
    /// <param name="ExpectedRevision"><inheritdoc cref="PolicyChange"/></param>
    /// <param name="Ids">Which.</param>
    internal sealed record Delete(string Actor, long? ExpectedRevision, IReadOnlyList<ResourceId> Ids)
        : PolicyChange(Actor, ExpectedRevision);
}

/// <summary>What became of a change.</summary>
internal abstract record PolicyChangeOutcome
{
    private PolicyChangeOutcome()
    {
    }

    /// <summary>It is durable.</summary>
    /// <param name="Revision">The revision that has it.</param>
    /// <param name="Findings">What is to say about it, no errors.</param>
    internal sealed record Changed(long Revision, IReadOnlyList<Finding> Findings) : PolicyChangeOutcome;

    /// <summary>Nothing was changed.</summary>
    /// <param name="Error">The rule.</param>
    /// <param name="Detail">What broke it, for people.</param>
    /// <param name="Findings">Findings in the texts, at least one error where they are invalid.</param>
    internal sealed record Refused(PolicyChangeError Error, string Detail, IReadOnlyList<Finding> Findings) : PolicyChangeOutcome;
}

/// <summary>Why a change is refused.</summary>
internal enum PolicyChangeError
{
    /// <summary>A text or resource is invalid, or there is none.</summary>
    Invalid,

    /// <summary>Another revision than the expected one is the last.</summary>
    RevisionMoved,

    /// <summary>What is to be deleted was not applied.</summary>
    NotFound,

    /// <summary>There would be more than is kept.</summary>
    TooMany,
}
