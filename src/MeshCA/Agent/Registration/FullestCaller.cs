using System.Collections.Immutable;
using System.Globalization;

namespace MeshCA.Agent.Registration;

/// <summary>The caller that has the most entries.</summary>
/// <param name="Peer">It; a user or group that no entry names has the number that nobody has.</param>
/// <param name="Entries">How many admit it.</param>
internal sealed record FullestCaller(WorkloadPeer Peer, int Entries)
{
    // What selectors cannot name, and the kernel gives to nobody.
    private const uint Nobody = uint.MaxValue;

    /// <summary>Finds it among all callers that there could be.</summary>
    /// <param name="entries">The entries; of each kind one selector at most, as files are read.</param>
    public static FullestCaller Of(ImmutableArray<RegistrationEntry> entries)
    {
        var (users, groups, pairs) = (new Dictionary<uint, int>(), new Dictionary<uint, int>(), new Dictionary<(uint User, uint Group), int>());
        var everybody = 0;
        foreach (var entry in entries)
        {
            switch (Find<Selector.UserId>(entry)?.Id, Find<Selector.GroupId>(entry)?.Id)
            {
                case ({ } user, { } group):
                    pairs[(user, group)] = pairs.GetValueOrDefault((user, group)) + 1;
                    break;
                case ({ } user, null):
                    users[user] = users.GetValueOrDefault(user) + 1;
                    break;
                case (null, { } group):
                    groups[group] = groups.GetValueOrDefault(group) + 1;
                    break;
                default:
                    everybody++;
                    break;
            }
        }

        // Of all pairs that no entry names whole, the one of the fullest user and the fullest group has the most.
        return pairs.Keys.Order().Prepend((Fullest(users), Fullest(groups)))
            .Select(pair => new FullestCaller(
                new(0, pair.Item1, pair.Item2),
                everybody + users.GetValueOrDefault(pair.Item1) + groups.GetValueOrDefault(pair.Item2) + pairs.GetValueOrDefault(pair)))
            .MaxBy(caller => caller.Entries)!; // not null: there is at least one pair
    }

    /// <summary>It in words.</summary>
    public override string ToString() => (Peer.UserId, Peer.GroupId) switch
    {
        (Nobody, Nobody) => "everybody",
        (var user, Nobody) => string.Create(CultureInfo.InvariantCulture, $"user {user}"),
        (Nobody, var group) => string.Create(CultureInfo.InvariantCulture, $"group {group}"),
        (var user, var group) => string.Create(CultureInfo.InvariantCulture, $"user {user}, group {group}"),
    };

    private static uint Fullest(Dictionary<uint, int> counts) =>
        counts.Count == 0 ? Nobody : counts.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key).First().Key;

    private static T? Find<T>(RegistrationEntry entry)
        where T : Selector => entry.Selectors.OfType<T>().FirstOrDefault();
}
