namespace Mlsae.Analysis.Chains;

/// <summary>What can be walked along edges: loops, cycles and chains.</summary>
public static class ChainPaths
{
    /// <summary>Latents with an edge to themselves.</summary>
    public static int SelfLoops(IEnumerable<ChainEdge> edges) => edges.Count(edge => edge.From == edge.To);

    /// <summary>Pairs of different latents with edges both ways.</summary>
    public static int TwoCycles(IReadOnlyCollection<ChainEdge> edges)
    {
        var known = edges.Select(edge => (edge.From, edge.To)).ToHashSet();
        return edges.Count(edge => edge.From < edge.To && known.Contains((edge.To, edge.From)));
    }

    /// <summary>Of each latent the edge of the highest weight to another; of equal ones that to the lower number.</summary>
    public static IReadOnlyDictionary<int, ChainEdge> Strongest(IEnumerable<ChainEdge> edges)
    {
        var strongest = new Dictionary<int, ChainEdge>();
        foreach (var edge in edges.Where(edge => edge.From != edge.To))
        {
            bool isStronger = !strongest.TryGetValue(edge.From, out var known) || edge.Weight > known.Weight || (edge.Weight == known.Weight && edge.To < known.To);
            strongest[edge.From] = isStronger ? edge : known;
        }

        return strongest;
    }

    /// <summary>The longest way in which every step is its latent's strongest edge to another, and no latent comes twice; of equally long ones that with the highest least weight, and then that of the lowest start.</summary>
    public static int[] LongestChain(IEnumerable<ChainEdge> edges)
    {
        var strongest = Strongest(edges);
        var ways = strongest.Keys.Order().Select(start => Walk(start, strongest));
        return [.. ways.OrderByDescending(way => way.Latents.Count).ThenByDescending(way => way.Least).Select(way => way.Latents).FirstOrDefault([])];
    }

    /// <summary>The longest chain, the longest among the latents that are not in it, and so on: no latent is in two.</summary>
    public static int[][] DisjointChains(IEnumerable<ChainEdge> edges)
    {
        var (left, found) = (edges.ToList(), new List<int[]>());
        while (LongestChain(left) is { Length: > 0 } chain)
        {
            found.Add(chain);
            left.RemoveAll(edge => chain.Contains(edge.From) || chain.Contains(edge.To));
        }

        return [.. found];
    }

    private static (List<int> Latents, double Least) Walk(int start, IReadOnlyDictionary<int, ChainEdge> strongest)
    {
        var chain = new List<int> { start };
        var met = new HashSet<int> { start };
        double least = double.PositiveInfinity;
        while (strongest.TryGetValue(chain[^1], out var step) && met.Add(step.To))
        {
            chain.Add(step.To);
            least = Math.Min(least, step.Weight);
        }

        return (chain, least);
    }

    /// <summary>The closed systems: sets of at least two latents of which each leads to each, the largest first and then by the lowest latent. Tarjan 1972, without recursion.</summary>
    public static int[][] Systems(IReadOnlyCollection<ChainEdge> edges)
    {
        var search = new TarjanSearch(edges);
        return [.. search.Components().Where(system => system.Length > 1).OrderByDescending(system => system.Length).ThenBy(system => system[0])];
    }

    /// <summary>Strongly connected components.</summary>
    private sealed class TarjanSearch(IReadOnlyCollection<ChainEdge> edges)
    {
        private readonly ILookup<int, int> _next = edges.ToLookup(edge => edge.From, edge => edge.To);
        private readonly Dictionary<int, int> _index = [];
        private readonly Dictionary<int, int> _lowest = [];
        private readonly Stack<int> _open = new();
        private readonly HashSet<int> _isOpen = [];
        private readonly List<int[]> _found = [];

        public IReadOnlyList<int[]> Components()
        {
            foreach (int start in edges.Select(edge => edge.From).Distinct().Order())
            {
                if (!_index.ContainsKey(start))
                {
                    Search(start);
                }
            }

            return _found;
        }

        private void Search(int start)
        {
            var path = new Stack<(int Node, IEnumerator<int> Next)>();
            path.Push((start, Enter(start)));
            while (path.Count > 0)
            {
                var (node, next) = path.Peek();
                if (!next.MoveNext())
                {
                    Leave(node, path);
                }
                else if (!_index.ContainsKey(next.Current))
                {
                    path.Push((next.Current, Enter(next.Current)));
                }
                else if (_isOpen.Contains(next.Current))
                {
                    _lowest[node] = Math.Min(_lowest[node], _index[next.Current]);
                }
            }
        }

        private IEnumerator<int> Enter(int node)
        {
            _index[node] = _lowest[node] = _index.Count;
            _open.Push(node);
            _isOpen.Add(node);
            return _next[node].GetEnumerator();
        }

        private void Leave(int node, Stack<(int Node, IEnumerator<int> Next)> path)
        {
            path.Pop();
            if (path.Count > 0)
            {
                int before = path.Peek().Node;
                _lowest[before] = Math.Min(_lowest[before], _lowest[node]);
            }

            if (_lowest[node] == _index[node])
            {
                var component = new List<int>();
                do
                {
                    component.Add(_open.Pop());
                    _isOpen.Remove(component[^1]);
                }
                while (component[^1] != node);
                _found.Add([.. component.Order()]);
            }
        }
    }
}
