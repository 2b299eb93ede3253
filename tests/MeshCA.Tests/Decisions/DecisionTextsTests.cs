using AuthzEngine.Evaluation;
using MeshCA.Decisions;
using Xunit;

namespace MeshCA.Tests.Decisions;

public sealed class DecisionTextsTests
{
    [Fact]
    public void Every_reason_has_a_name_of_its_own()
    {
        var names = Enum.GetValues<DecisionReason>().Select(DecisionTexts.Of).ToList();
        Assert.Equal(names.Count, names.Distinct().Count());
    }
}
