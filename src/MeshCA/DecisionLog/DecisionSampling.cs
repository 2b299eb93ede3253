using AuthzEngine.Evaluation;

namespace MeshCA.DecisionLog;

/// <summary>Which decisions are logged. The same decision is chosen or left out by everybody who knows its id.</summary>
/// <param name="Allows">Of how many allowed requests one is logged; 0: none.</param>
/// <param name="Denials">Of how many denied requests one is logged; 0: none.</param>
internal sealed record DecisionSampling(int Allows, int Denials)
{
    /// <summary>Whether a decision is logged. What an AUDIT rule marked always is.</summary>
    /// <param name="decision">The decision.</param>
    /// <param name="id">Its id.</param>
    public bool Keeps(in Decision decision, string id)
    {
        var of = decision.Verdict == Verdict.Allow ? Allows : Denials;
        return decision.Audit || of == 1 || (of > 1 && Spread(id) % (ulong)of == 0);
    }

    // FNV-1a, then the finalizer of MurmurHash3: ids count up, and every rest of the division must be as likely.
    private static ulong Spread(string id)
    {
        unchecked
        {
            var hash = 14695981039346656037UL;
            foreach (var character in id)
            {
                hash = (hash ^ character) * 1099511628211UL;
            }

            hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccdUL;
            hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53UL;
            return hash ^ (hash >> 33);
        }
    }
}
