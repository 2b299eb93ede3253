namespace MeshCA.Revocations.Lists;

/// <summary>The lists to hand out at one moment.</summary>
internal sealed class ListCatalog
{
    private ListCatalog(IReadOnlyList<PublishedList> lists, IReadOnlyList<ListFault> faults, bool isComplete)
    {
        Lists = lists;
        Faults = faults;
        IsComplete = isComplete;
        Pem = Concatenate(lists);
    }

    /// <summary>Before the first round.</summary>
    public static ListCatalog Empty { get; } = new([], [], isComplete: false);

    /// <summary>One list for each authority, as far as there is one.</summary>
    public IReadOnlyList<PublishedList> Lists { get; }

    /// <summary>Authorities without a list, or with one that is not as it should be.</summary>
    public IReadOnlyList<ListFault> Faults { get; }

    /// <summary>Whether every authority has a list. Envoy refuses every peer where one of its chain's is missing.</summary>
    public bool IsComplete { get; }

    /// <summary>All lists as PEM, one after the other: the form that Envoy takes.</summary>
    public ReadOnlyMemory<byte> Pem { get; }

    /// <summary>Puts lists together.</summary>
    /// <param name="issuers">The authorities, roots first.</param>
    /// <param name="lists">The lists.</param>
    /// <param name="faults">What is wrong.</param>
    public static ListCatalog Of(IReadOnlyList<ListIssuer> issuers, IReadOnlyList<PublishedList> lists, IReadOnlyList<ListFault> faults)
    {
        var found = issuers.Select(issuer => lists.FirstOrDefault(list => list.Authority == issuer.Id)).OfType<PublishedList>().ToList();
        return new(found, faults, issuers.Count > 0 && found.Count == issuers.Count);
    }

    /// <summary>Finds an authority's list.</summary>
    /// <param name="authority">Its id.</param>
    public PublishedList? Find(string authority) => Lists.FirstOrDefault(list => list.Authority == authority);

    private static byte[] Concatenate(IReadOnlyList<PublishedList> lists)
    {
        var pem = new byte[lists.Sum(list => list.Pem.Length)];
        var end = 0;
        foreach (var list in lists)
        {
            list.Pem.CopyTo(pem.AsMemory(end));
            end += list.Pem.Length;
        }

        return pem;
    }
}

/// <summary>What is wrong with an authority's list.</summary>
/// <param name="Authority">The authority.</param>
/// <param name="Detail">What, for people.</param>
internal sealed record ListFault(string Authority, string Detail);
