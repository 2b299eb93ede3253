using AuthzEngine.Analysis.Subjects;
using AuthzEngine.Policies;
using AuthzEngine.Validation;

namespace AuthzEngine.Analysis.Rules;

/// <summary>A rule of which nothing is left on TCP, and which validation's warning misses; authorization-policy §2.6 and §6.3.</summary>
internal static class TcpLint
{
    public static IEnumerable<Remark> Check(WrittenRule rule, AnalyzedPolicy policy)
    {
        var asksOfHttp = rule.Fields.Any(field => field.IsHttpOnly);
        if (!asksOfHttp || rule.Tcp is not { When.Count: 0 } left
            || !(left.From.Count == 0 || left.From.Any(source => source.Count == 0))
            || !(left.To.Count == 0 || left.To.Any(operation => operation.Count == 0)))
        {
            return [];
        }

        return policy.Action switch
        {
            PolicyAction.Deny when !RuleValidator.RefusesTcp(rule.Source) =>
            [
                new(
                    LintCodes.DenyConditionRefusesTcp,
                    rule.Path,
                    "on TCP conditions and fields of HTTP are dropped, and nothing is left of this DENY rule: it denies all TCP traffic in scope",
                    "name the HTTP ports in `ports`"),
            ],
            PolicyAction.Custom =>
            [
                new(
                    LintCodes.CustomAsksOnTcp,
                    rule.Path,
                    "on TCP fields of HTTP are dropped, and nothing is left of this CUSTOM rule: its provider, if it speaks gRPC, is asked about every TCP connection in scope",
                    "name the HTTP ports in `ports`",
                    Diagnostics.Severity.Info),
            ],
            _ => [],
        };
    }
}
