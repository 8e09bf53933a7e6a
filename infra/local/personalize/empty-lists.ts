import * as z from 'zod';
import { operation, page } from './operation.ts';
import { Arn, Paging } from './shapes.ts';

/** The list of a kind of resource that the simulator does not have. Its output has one member, which is always empty. */
const empty = (name: string, member: string, ...filters: readonly string[]) =>
  operation({
    input: z.object({ ...Object.fromEntries(filters.map((filter) => [filter, Arn.optional()])), ...Paging }),
    act: (input) => ({ [member]: page([], name, input).items }),
  });

/** Programs list these resources before they create or delete a dataset group. On AWS, ListRecipes also returns the recipes of AWS. */
export const EMPTY_LISTS = {
  ListBatchInferenceJobs: empty('ListBatchInferenceJobs', 'batchInferenceJobs', 'solutionVersionArn'),
  ListBatchSegmentJobs: empty('ListBatchSegmentJobs', 'batchSegmentJobs', 'solutionVersionArn'),
  ListCampaigns: empty('ListCampaigns', 'campaigns', 'solutionArn'),
  ListDataDeletionJobs: empty('ListDataDeletionJobs', 'dataDeletionJobs', 'datasetGroupArn'),
  ListDatasetExportJobs: empty('ListDatasetExportJobs', 'datasetExportJobs', 'datasetArn'),
  ListDatasetImportJobs: empty('ListDatasetImportJobs', 'datasetImportJobs', 'datasetArn'),
  // The name of this member begins with a capital on AWS.
  ListFilters: empty('ListFilters', 'Filters', 'datasetGroupArn'),
  ListMetricAttributionMetrics: empty('ListMetricAttributionMetrics', 'metrics', 'metricAttributionArn'),
  ListMetricAttributions: empty('ListMetricAttributions', 'metricAttributions', 'datasetGroupArn'),
  ListRecipes: empty('ListRecipes', 'recipes'),
  ListRecommenders: empty('ListRecommenders', 'recommenders', 'datasetGroupArn'),
  ListSolutions: empty('ListSolutions', 'solutions', 'datasetGroupArn'),
  ListSolutionVersions: empty('ListSolutionVersions', 'solutionVersions', 'solutionArn'),
};
