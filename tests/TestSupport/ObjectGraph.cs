using System.Reflection;

namespace TestSupport;

/// <summary>All objects that one object keeps in memory: proves that something is not held, whatever the fields are called.</summary>
internal static class ObjectGraph
{
    private const BindingFlags Fields =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    /// <summary>Follows every field.</summary>
    /// <param name="start">Where to begin.</param>
    /// <param name="except">Objects that are not followed, such as the store and the clock.</param>
    public static IReadOnlyCollection<object> From(object start, IEnumerable<object> except)
    {
        var reached = new HashSet<object>(except, ReferenceEqualityComparer.Instance);
        var excepted = reached.ToList();
        var waiting = new Stack<object>([start]);
        while (waiting.TryPop(out var next))
        {
            // What the runtime knows of itself leads to everything.
            if (next is Type or MemberInfo or Assembly || !reached.Add(next))
            {
                continue;
            }

            foreach (var child in Children(next))
            {
                waiting.Push(child);
            }
        }

        reached.ExceptWith(excepted);
        return reached;
    }

    private static IEnumerable<object> Children(object parent)
    {
        var type = parent.GetType();
        if (type.IsArray)
        {
            return type.GetElementType()!.IsPrimitive ? [] : ((Array)parent).Cast<object?>().OfType<object>();
        }

        return Lineage(type)
            .SelectMany(level => level.GetFields(Fields))
            .Where(field => !field.FieldType.IsPrimitive && !field.FieldType.IsPointer && !field.FieldType.IsByRefLike)
            .Select(field => field.GetValue(parent))
            .OfType<object>();
    }

    private static IEnumerable<Type> Lineage(Type type)
    {
        for (var level = type; level is not null; level = level.BaseType)
        {
            yield return level;
        }
    }
}
