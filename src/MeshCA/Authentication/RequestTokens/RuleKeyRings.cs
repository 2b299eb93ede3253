using System.Collections.Frozen;

namespace MeshCA.Authentication.RequestTokens;

/// <summary>The key rings of the rules in force: read on the decision path, replaced as a whole when policies change.</summary>
internal sealed class RuleKeyRings
{
    private volatile FrozenDictionary<RuleKeyAddress, Keys.KeyRing> _byAddress = FrozenDictionary<RuleKeyAddress, Keys.KeyRing>.Empty;

    /// <summary>How many there are.</summary>
    public int Count => _byAddress.Count;

    /// <summary>Finds a ring.</summary>
    /// <param name="address">Where its keys are fetched.</param>
    /// <returns>The ring; null where no policy in force has this address, or it is not taken up yet.</returns>
    public Keys.KeyRing? Find(RuleKeyAddress address) => _byAddress.GetValueOrDefault(address);

    /// <summary>Takes the place of all rings.</summary>
    public void Replace(IReadOnlyDictionary<RuleKeyAddress, Keys.KeyRing> rings) => _byAddress = rings.ToFrozenDictionary();
}
