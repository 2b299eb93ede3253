using AuthzEngine.Compilation;
using AuthzEngine.Policies;

namespace AuthzEngine.Analysis.Subjects;

/// <summary>A rule both as it is written and as it is translated for each protocol.</summary>
/// <param name="Index">Its index.</param>
/// <param name="Source">The rule.</param>
/// <param name="From">Fields of each source.</param>
/// <param name="To">Fields of each operation.</param>
/// <param name="When">Fields of the conditions.</param>
/// <param name="Http">The rule for HTTP; null where nothing is left of it.</param>
/// <param name="Tcp">The rule for TCP; null where nothing is left of it.</param>
internal sealed record WrittenRule(
    int Index,
    Rule Source,
    IReadOnlyList<IReadOnlyList<WrittenField>> From,
    IReadOnlyList<IReadOnlyList<WrittenField>> To,
    IReadOnlyList<WrittenField> When,
    RuleModel? Http,
    RuleModel? Tcp)
{
    /// <summary>Its path.</summary>
    public string Path => $"spec.rules[{Index}]";

    /// <summary>All its fields.</summary>
    public IEnumerable<WrittenField> Fields => From.Concat(To).SelectMany(alternative => alternative).Concat(When);
}
