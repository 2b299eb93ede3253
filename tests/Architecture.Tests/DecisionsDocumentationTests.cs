using AuthzEngine.Evaluation;
using MeshCA.Decisions;
using Xunit;

namespace Architecture.Tests;

public sealed class DecisionsDocumentationTests
{
    [Fact]
    public void Every_reason_of_a_decision_is_listed() => new DocumentedTable("docs/decisions.md", "## Reasons")
        .MatchesBeginnings([.. Enum.GetValues<DecisionReason>().Select(reason => $"| `{DecisionTexts.Of(reason)}` |")]);
}
